"""Who a request acts for. It comes from the verified token alone; no table is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """What a token allows beyond access to its own user's data."""

    READ_ANY = "scores:read:any"
    WRITE_ANY = "scores:write:any"
    # Hide and ban users, award points, reverse actions.
    MODERATE = "scores:moderate"
    # The scope of a page's viewer token: it can watch the live board and nothing else.
    VIEW_LIVE = "live:view"


@dataclass(frozen=True, slots=True)
class Principal:
    """The content of a verified token. Times are in unix seconds; 0: the token does not say when it was issued.

    `kid` names our key that verified it; it is empty for an outside issuer's key.
    """

    user_id: str
    username: str
    scopes: frozenset[str]
    expires_at: float
    issued_at: float = 0.0
    kid: str = ""

    @property
    def is_authenticated(self) -> bool:
        """For DRF and Django. Always true: a principal exists only for a valid token."""
        return True

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes


_permission_of_scope: dict[Scope, str] = {}


def register_scope_permission(scope: Scope, permission: str) -> None:
    """Give the scope to Django users with this permission, `<app label>.<codename>`. Call it in AppConfig.ready."""
    _permission_of_scope[scope] = permission


def scope_permissions() -> Mapping[Scope, str]:
    """For each scope, the permission that grants it."""
    return _permission_of_scope
