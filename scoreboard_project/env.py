"""Typed readers for environment variables. Each refuses an invalid value and names the variable."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off"})
WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}")
DECIMAL_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?(e-?[0-9]{1,2})?", re.IGNORECASE)
HIGHEST_PORT = 65_535
DATABASE_HOST = re.compile(r"([A-Za-z0-9_.-]*|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+(%\w+)?)")
# libpq refuses any other value, but only when it connects.
DATABASE_OPTIONS = {
    "sslmode": re.compile("disable|allow|prefer|require|verify-ca|verify-full"),
    "sslnegotiation": re.compile("postgres|direct"),
    "gssencmode": re.compile("disable|prefer|require"),
    "channel_binding": re.compile("disable|prefer|require"),
    "target_session_attrs": re.compile("any|read-write|read-only|primary|standby|prefer-standby"),
    "load_balance_hosts": re.compile("disable|random"),
    "connect_timeout": re.compile("[0-9]{1,9}"),
    "keepalives": re.compile("[01]"),
    "keepalives_idle": re.compile("[0-9]{1,9}"),
    "keepalives_interval": re.compile("[0-9]{1,9}"),
    "keepalives_count": re.compile("[0-9]{1,9}"),
    "tcp_user_timeout": re.compile("[0-9]{1,9}"),
}


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
    except (OSError, ValueError) as error:
        # The path is not quoted: somebody may have put the secret itself there.
        reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise ImproperlyConfigured(f"{name}_FILE must name a file that can be read: {reason}.") from None
    if not secret:
        raise ImproperlyConfigured(f"{name}_FILE must name a file with the secret, and that file is empty.")
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


def read_rsa_key(name: str, kind: str) -> str:
    """An RSA key in PEM format, `kind` being "private" or "public", or "" if there is none.

    Raises ImproperlyConfigured for anything else. `check` says whether the key is strong and valid.
    """
    pem = read_secret(name)
    if not pem:
        return ""
    # Many tools keep an environment variable on one line, with \\n for each line break.
    lines = pem.replace("\\n", "\n").encode()
    try:
        if kind == "private":
            # Validating the numbers takes 35 ms.
            key: object = load_pem_private_key(lines, password=None, unsafe_skip_rsa_key_validation=True)
        else:
            key = load_pem_public_key(lines)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey | RSAPublicKey):
        raise ImproperlyConfigured(
            f"{name} must be an unencrypted RSA {kind} key in PEM format. To create a key, run: "
            f"openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out private.pem"
        )
    return pem


def read_directory(name: str, default: str = "", *, must_be_writable: bool = False) -> str:
    """The path of a directory, which need not exist unless it must be writable. Raises ImproperlyConfigured."""
    text = read_str(name, default)
    path = Path(text)
    if text and must_be_writable and not (path.is_dir() and os.access(path, os.W_OK | os.X_OK)):
        raise ImproperlyConfigured(f"{name} must be an existing, writable directory, such as /tmp, not {text!r}.")
    if text and path.exists() and not path.is_dir():
        raise ImproperlyConfigured(f"{name} must be a directory, such as /srv/static, not the file {text!r}.")
    return text


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
    if not _is_meant(url, parts):
        raise ImproperlyConfigured(
            f"{name} has a part that is not valid. Write "
            "postgresql://user:password@host:port/name?sslmode=require. In a password write %2F for / and %40 for @."
        )
    return {
        "ENGINE": "scoreboard_project.runtime.postgres",
        "NAME": parts.pop("dbname", "") or "scoreboard",
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": str(parts.pop("port", "")),
        "OPTIONS": parts,
    }


def _is_meant(url: str, parts: Mapping[str, Any]) -> bool:
    """Whether libpq understands the address as it is meant: it checks most parts only when it connects."""
    hosts = [host for host in str(parts.get("host", "")).split(",") if not host.startswith(("/", "@"))]
    ports = str(parts.get("port", "")).split(",")
    return (
        url.isprintable()
        and not set("@/") & set(str(parts.get("dbname", "")))
        and all(DATABASE_HOST.fullmatch(host) for host in hosts)
        and all(re.fullmatch("[0-9]{0,5}", port) and 0 < int(port or "1") <= HIGHEST_PORT for port in ports)
        and all(form.fullmatch(str(parts[option])) for option, form in DATABASE_OPTIONS.items() if option in parts)
    )
