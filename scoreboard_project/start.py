"""How the processes start, or refuse to: a bad setting ends them with one line on standard error and no traceback."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import django
from django.core.checks import ERROR
from django.core.exceptions import ImproperlyConfigured
from django.db import Error

from scoreboard_project.runtime.postgres.states import explain, refusal_of

SETTINGS = "scoreboard_project.settings"
METRICS_DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
# EX_CONFIG of sysexits.h. The launcher knows from it that the reason has been printed.
BAD_SETTINGS = 78

log = logging.getLogger("scoreboard.start")


@contextmanager
def refusing_bad_settings() -> Iterator[None]:
    """Use this project's settings, whatever the shell says. A bad one raises SystemExit after a line that names it."""
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
    if not os.environ.get(METRICS_DIRECTORY, "").strip():
        # prometheus_client would take an empty variable for the current directory.
        os.environ.pop(METRICS_DIRECTORY, None)
    try:
        yield
    except ImproperlyConfigured as error:
        print(f"scoreboard: {error}", file=sys.stderr, flush=True)  # noqa: T201 (logging may not be configured yet)
        raise SystemExit(BAD_SETTINGS) from None


@contextmanager
def explaining_database_errors() -> Iterator[None]:
    """For a command: if PostgreSQL refuses, raise SystemExit with one line that says why instead of a traceback."""
    try:
        yield
    except Error as error:
        if "--traceback" in sys.argv or refusal_of(error) is None:
            raise
        raise SystemExit(f"scoreboard: PostgreSQL refused: {explain(error)}") from None


def set_up_server() -> None:
    """Set Django up and run the project's system checks. An error raises SystemExit; a warning is logged."""
    with refusing_bad_settings():
        django.setup(set_prefix=False)
        found = _findings()
        errors = [message for message, level in found if level >= ERROR]
        if errors:
            raise ImproperlyConfigured(" ".join(errors))
    for message, _level in found:
        log.warning(message)


def _findings() -> list[tuple[str, int]]:
    # The checks read the settings.
    from scoreboard_project.checks import CHECKS  # noqa: PLC0415

    found = [message for check in CHECKS for message in check()]
    return [(" ".join(filter(None, (message.msg, message.hint))), message.level) for message in found]
