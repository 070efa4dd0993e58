"""Prints bearer tokens, one a line, for the users bench-0, bench-1, …; and with --scope one for a game server.

    python -m bench.topology.tokens 5000

Needs the environment of the servers that are to accept them. Each token is valid for a day.
"""

import argparse
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scoreboard_project.settings")
django.setup()

from scoreboard_project.tokens.tokens import issue_access_token

DAY = 86_400


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("users", nargs="?", type=int, default=5000, help="number of users; default: 5000")
    parser.add_argument("--scope", default="", help="scopes of every token, separated by spaces")
    options = parser.parse_args()
    for number in range(options.users):
        user, name = f"bench-{number}", f"Bench {number}"
        print(issue_access_token(user_id=user, username=name, scopes=options.scope.split(), lifetime=DAY))


if __name__ == "__main__":
    main()
