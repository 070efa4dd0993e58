"""Which pages may open a socket: Origin present → must be allowed; absent (games, phones) → allowed; null → refused."""

from urllib.parse import urlsplit

from django.conf import settings


def is_origin_allowed(origin: str | None, host: str) -> bool:
    """`origin` and `host` are the request's headers. Pages of this host are allowed, others by LIVE_ALLOWED_ORIGINS."""
    if origin is None:
        return True
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return False
    return parts.netloc.lower() == host.lower() or origin.lower().rstrip("/") in settings.LIVE_ALLOWED_ORIGINS
