#!/usr/bin/env python3
"""Prints bearer tokens for the benches, one a line, of the users bench-0, bench-1, …

.venv/bin/python -m scoreboard_project.launcher run -- .venv/bin/python bench/tokens.py 5000 > tokens.txt
"""

import os
import sys
from pathlib import Path

import django

SECONDS = 86_400

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scoreboard_project.settings")
    django.setup()
    from scoreboard_project.tokens.tokens import issue_access_token

    for number in range(int(sys.argv[1]) if len(sys.argv) > 1 else 5000):
        print(issue_access_token(user_id=f"bench-{number}", username=f"Bench {number}", lifetime=SECONDS))
