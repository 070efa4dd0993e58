"""Typed readers for environment variables. Each refuses an invalid value and names the variable."""

import os
import re
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off"})
WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}")
DECIMAL_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?(e-?[0-9]{1,2})?", re.IGNORECASE)


def read_str(name: str, default: str = "") -> str:
    """The variable's text without surrounding whitespace, or `default` if it is unset or empty."""
    return os.environ.get(name, "").strip() or default


def read_secret(name: str, default: str = "") -> str:
    """A secret from `NAME`, or from the file that `NAME_FILE` names.

    Raises ImproperlyConfigured if both are set, or if the file cannot be read or is empty.
    """
    path = read_str(f"{name}_FILE")
    if not path:
        return read_str(name, default)
    if read_str(name):
        raise ImproperlyConfigured(f"Set {name} or {name}_FILE, not both.")
    try:
        secret = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"{name}_FILE: {path!r} cannot be read: {error}") from error
    if not secret:
        raise ImproperlyConfigured(f"{name}_FILE: {path!r} is empty.")
    return secret


def read_bool(name: str, *, default: bool) -> bool:
    """Raises ImproperlyConfigured for a word that is in neither TRUE_WORDS nor FALSE_WORDS."""
    word = read_str(name).lower()
    if not word:
        return default
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise ImproperlyConfigured(f"{name} must be true or false, not {word!r}.")


def read_int(name: str, default: int, *, minimum: int = 0, maximum: int = 2**31 - 1) -> int:
    """A whole number within the bounds. Raises ImproperlyConfigured for anything else."""
    text = read_str(name)
    if not text:
        return default
    if not WHOLE_NUMBER.fullmatch(text) or not minimum <= int(text) <= maximum:
        raise ImproperlyConfigured(f"{name} must be a whole number from {minimum} to {maximum}, not {text!r}.")
    return int(text)


def read_float(name: str, default: float, *, minimum: float = 0.0, maximum: float = 1e9) -> float:
    """A number within the bounds. Raises ImproperlyConfigured for anything else."""
    text = read_str(name)
    if not text:
        return default
    if not DECIMAL_NUMBER.fullmatch(text) or not minimum <= float(text) <= maximum:
        raise ImproperlyConfigured(f"{name} must be a number from {minimum} to {maximum}, not {text!r}.")
    return float(text)


def read_choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    """One of `choices`, in lower case. Raises ImproperlyConfigured for any other word."""
    word = read_str(name, default).lower()
    if word not in choices:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(choices)}, not {word!r}.")
    return word


def read_list(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """Words separated by commas, without the whitespace around them."""
    text = read_str(name)
    return [word.strip() for word in text.split(",") if word.strip()] if text else list(default)


def database_from_url(url: str, *, name: str = "DATABASE_URL") -> dict[str, Any]:
    """Django's `DATABASES` entry: engine, address and libpq options (`sslmode`, …), parsed by libpq itself.

    Raises ImproperlyConfigured for an address that libpq cannot parse.
    """
    if not url.startswith(("postgresql://", "postgres://")):
        raise ImproperlyConfigured(f"{name} must start with postgresql://.")
    try:
        parts: dict[str, Any] = dict(conninfo_to_dict(url))
    except ProgrammingError:
        # libpq's message quotes the address, which contains the password.
        raise ImproperlyConfigured(
            f"{name} is not a valid PostgreSQL address. Write postgresql://user:password@host:port/database."
        ) from None
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", "") or "scoreboard",
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": str(parts.pop("port", "")),
        "OPTIONS": parts,
    }
