"""Errors of the services as errors of the command: with its options' names, and what was wrong at the end."""

import json
import re

from django.core.management.base import CommandError

from scoreboard_project.api.errors import ApiError

OPTIONS = {
    "actionIds": "--actions",
    "userId": "--user",
    "ipAddress": "--address",
    "actionType": "--action-type",
    "since": "--since",
    "until": "--until",
}
FIELD = re.compile(rf"\b({'|'.join(OPTIONS)})\b")


def refusal(error: ApiError) -> CommandError:
    message = FIELD.sub(lambda found: OPTIONS[found[1]], str(error))
    wrong = ", ".join(map(_shown, error.details.values()))
    return CommandError(f"{message}: {wrong}" if wrong else message)


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value)
