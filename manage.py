#!/usr/bin/env python
"""Django's command line for the scoreboard. `script/manage` runs it with the embedded services."""

import sys

from scoreboard_project.command_line import run

if __name__ == "__main__":
    sys.exit(run(sys.argv))
