"""`manage.py issue_token USER_ID`: print one access token."""

import re
import time
from argparse import ArgumentParser
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseError

from scoreboard_project.api.errors import ApiError
from scoreboard_project.api.usernames import readable_username
from scoreboard_project.runtime.flows.flow import run
from scoreboard_project.tokens.claims.rsa_backend import kid_of
from scoreboard_project.tokens.principal import Scope
from scoreboard_project.tokens.rotation import note_long_token
from scoreboard_project.tokens.token_state import refresh_state
from scoreboard_project.tokens.tokens import issue_access_token

SCOPE_WORD = re.compile(r"[!#-\[\]-~]+")
MAX_EXPIRES = 10 * 366 * 86_400


class Command(BaseCommand):
    """Only the token goes to standard output, so that a script can capture it."""

    help = "Print an access token for a user id."
    # An operator can get a token before the server's host names and other settings are complete.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user_id", metavar="USER_ID")
        parser.add_argument("--username", help="shown on boards; default: the user id")
        ours = ", ".join((Scope.READ_ANY, Scope.WRITE_ANY, Scope.MODERATE))
        parser.add_argument("--scope", default="", help=f"scopes separated by spaces: {ours}")
        parser.add_argument("--expires", type=int, default=3600, metavar="SECONDS", help="lifetime; default: 3600")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError for values that a token cannot carry, and if no private key is set."""
        user_id: str = options["user_id"]
        named: str | None = options["username"]
        username = readable_username(user_id, user_id=user_id) if named is None else named
        scopes = options["scope"].split()
        if not all(SCOPE_WORD.fullmatch(scope) for scope in scopes):
            raise CommandError('--scope: use printable ASCII characters other than " and \\ in a scope.')
        if not 1 <= options["expires"] <= MAX_EXPIRES:
            raise CommandError(f"--expires must be from 1 to {MAX_EXPIRES} seconds.")
        with suppress(Exception):  # PostgreSQL does not answer: the key of the settings signs
            run(refresh_state())
        try:
            token = issue_access_token(user_id=user_id, username=username, scopes=scopes, lifetime=options["expires"])
            if options["expires"] > settings.JWT_REFRESH_SECONDS:
                _note(token, int(time.time()) + options["expires"])
        except (ValueError, ApiError, ImproperlyConfigured) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(token)


def _note(token: str, expires_at: int) -> None:
    """Raises CommandError without PostgreSQL."""
    try:
        note_long_token(kid_of(token), expires_at)
    except DatabaseError as error:
        message = f"PostgreSQL must know of a token that is valid for more than {settings.JWT_REFRESH_SECONDS} seconds"
        raise CommandError(f"{message}: {error}") from error
