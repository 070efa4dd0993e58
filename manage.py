#!/usr/bin/env python
"""Django's command line for the scoreboard. `script/manage` runs it with the embedded services."""

import sys

from django.core.management import execute_from_command_line

from scoreboard_project.runtime import lifecycle
from scoreboard_project.start import explaining_database_errors, refusing_bad_settings

if __name__ == "__main__":
    lifecycle.is_command = "runserver" not in sys.argv[1:2]
    with refusing_bad_settings(), explaining_database_errors():
        execute_from_command_line(sys.argv)
