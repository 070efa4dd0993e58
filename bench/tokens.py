#!/usr/bin/env python3
"""Prints bearer tokens for the benchmarks, one per line, for the users bench-0, bench-1, …

.venv/bin/python -m scoreboard_project.launcher run -- .venv/bin/python bench/tokens.py 5000 > tokens.txt
"""

import argparse
import os
import sys
from pathlib import Path

import django

SECONDS = 86_400

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("users", nargs="?", type=int, default=5000, help="number of users; default: 5000")
    users = parser.parse_args().users
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scoreboard_project.settings")
    django.setup()
    from scoreboard_project.tokens.tokens import issue_access_token

    for number in range(users):
        print(issue_access_token(user_id=f"bench-{number}", username=f"Bench {number}", lifetime=SECONDS))
