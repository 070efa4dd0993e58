"""The secrets of an embedded installation: created once, kept in the data directory, readable only by their owner."""

import os
import secrets
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

SECRET_KEY_BYTES = 48
RSA_BITS = 2048
JWT_VARIABLES = ("JWT_PRIVATE_KEY", "JWT_PUBLIC_KEY", "JWT_JWKS_URL")


def key_files(data_dir: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """The variables for the keys that `environ` does not set. Creates the key files if they are missing."""
    variables = {}
    if not is_given(environ, "DJANGO_SECRET_KEY"):
        variables["DJANGO_SECRET_KEY_FILE"] = str(_kept(data_dir / "django-secret-key", _secret_key))
    if not any(is_given(environ, name) for name in JWT_VARIABLES):
        variables["JWT_PRIVATE_KEY_FILE"] = str(_kept(data_dir / "jwt-private-key.pem", _private_key))
    return variables


def is_given(environ: Mapping[str, str], name: str) -> bool:
    """Whether the caller set the variable, or its `_FILE` form."""
    return bool(environ.get(name, "").strip() or environ.get(f"{name}_FILE", "").strip())


def _kept(path: Path, make: Callable[[], bytes]) -> Path:
    if not path.exists():
        draft = path.with_name(f"{path.name}.draft")
        draft.unlink(missing_ok=True)
        with open(draft, "xb", opener=_private_opener) as file:
            file.write(make())
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
    return path


def _private_opener(path: str, flags: int) -> int:
    return os.open(path, flags, stat.S_IRUSR | stat.S_IWUSR)


def _secret_key() -> bytes:
    return secrets.token_urlsafe(SECRET_KEY_BYTES).encode()


def _private_key() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
