"""`manage.py rotate_signing_key`: replace the key that signs tokens; list the keys; retire one."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError

from scoreboard_project.api.errors import NotFound
from scoreboard_project.audit.command import AuditedCommand
from scoreboard_project.tokens.models import SigningKey
from scoreboard_project.tokens.rotation import (
    DEFAULT_DELAY_SECONDS,
    MIN_DELAY_SECONDS,
    RotationRefused,
    list_signing_keys,
    retire_signing_key,
    rotate_signing_key,
)

MAX_DELAY_SECONDS = 30 * 86_400


class Command(AuditedCommand):
    help = (
        "Announce a new key, which signs tokens after a delay. No valid token is refused meanwhile: the key before it "
        "verifies until its last token has expired."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group()
        delay = f"until the new key signs; default: {DEFAULT_DELAY_SECONDS}, for other services that verify our tokens"
        what.add_argument("--delay", type=int, default=DEFAULT_DELAY_SECONDS, metavar="SECONDS", help=delay)
        now = f"sign with the new key as soon as every process has it: after {MIN_DELAY_SECONDS} seconds"
        what.add_argument("--now", action="store_const", dest="delay", const=MIN_DELAY_SECONDS, help=now)
        what.add_argument("--list", action="store_true", help="show the keys")
        what.add_argument("--retire", metavar="KID", help="refuse all tokens of this key from now on: for a leaked key")
        parser.add_argument("--reason", default="", help="for the audit")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError."""
        if not 0 <= options["delay"] <= MAX_DELAY_SECONDS:
            raise CommandError(f"--delay must be from 0 to {MAX_DELAY_SECONDS} seconds.")
        try:
            if options["retire"]:
                retire_signing_key(options["retire"], reason=options["reason"])
            elif not options["list"]:
                rotate_signing_key(delay_seconds=options["delay"], reason=options["reason"])
            keys = list_signing_keys()
        except (RotationRefused, NotFound, ImproperlyConfigured) as error:
            raise CommandError(str(error)) from error
        now = datetime.now(UTC)
        signing = max((key.signs_from for key in keys if key.signs_from <= now), default=now)
        for key in keys:
            self.stdout.write(f"{key.kid}  {_state_of(key, now, signing)}")


def _state_of(key: SigningKey, now: datetime, signing: datetime) -> str:
    until = f"verifies until {key.verifies_until:%F %T} UTC" if key.verifies_until else ""
    if key.verifies_until and key.verifies_until <= now:
        return f"retired since {key.verifies_until:%F %T} UTC"
    if key.signs_from > now:
        return f"announced, signs from {key.signs_from:%F %T} UTC"
    return ", ".join(filter(None, ["signs" if key.signs_from == signing else "", until]))
