"""`DATABASE_URL` to Django's `DATABASES` entry, read by libpq's own parser."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict


def database_from_url(url: str, *, name: str = "DATABASE_URL") -> dict[str, Any]:
    """Engine, address and libpq options (`sslmode`, …). Raises ImproperlyConfigured when libpq cannot read `url`."""
    if not url.startswith(("postgresql://", "postgres://")):
        raise ImproperlyConfigured(f"{name} must start with postgresql://.")
    try:
        parts: dict[str, Any] = dict(conninfo_to_dict(url))
    except ProgrammingError:
        # libpq's message quotes the address, and the address holds the password.
        raise ImproperlyConfigured(f"{name} is not an address that PostgreSQL understands.") from None
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", "") or "scoreboard",
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": str(parts.pop("port", "")),
        "OPTIONS": parts,
    }
