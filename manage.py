#!/usr/bin/env python
"""Django's command line for the scoreboard. `script/manage` runs it with the embedded services."""

import sys

from django.core.management import execute_from_command_line

from scoreboard_project.start import refusing_bad_settings

if __name__ == "__main__":
    with refusing_bad_settings():
        execute_from_command_line(sys.argv)
