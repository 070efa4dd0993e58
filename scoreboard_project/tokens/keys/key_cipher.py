"""Encrypts the private keys that the database keeps, so that a copy of the database signs nothing."""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PURPOSE = b"scoreboard signing_keys"


def encrypt(text: str) -> str:
    return _cipher().encrypt(text.encode()).decode("ascii")


def decrypt(encrypted: str) -> str | None:
    """None if it was encrypted under another DJANGO_SECRET_KEY."""
    try:
        return _cipher().decrypt(encrypted).decode()
    except InvalidToken:
        return None


def _cipher() -> Fernet:
    derived = HKDF(SHA256(), 32, salt=None, info=PURPOSE).derive(settings.SECRET_KEY.encode())
    return Fernet(urlsafe_b64encode(derived))
