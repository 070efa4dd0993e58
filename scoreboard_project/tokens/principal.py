"""Who a request speaks for, as its verified token says. No table is read for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """What a token may do beyond its own user's things."""

    READ_ANY = "scores:read:any"
    WRITE_ANY = "scores:write:any"
    # A page's own viewer token: it may watch the live board and nothing else.
    VIEW_LIVE = "live:view"


@dataclass(frozen=True, slots=True)
class Principal:
    """A verified token: user, name, scopes, and when it ends (unix seconds)."""

    user_id: str
    username: str
    scopes: frozenset[str]
    expires_at: float

    @property
    def is_authenticated(self) -> bool:
        """DRF's and Django's question; a principal exists only behind a token that held."""
        return True

    def may(self, scope: Scope) -> bool:
        """Whether the token carries the scope."""
        return scope in self.scopes


_permission_of_scope: dict[Scope, str] = {}


def register_scope_permission(scope: Scope, permission: str) -> None:
    """A Django user with this permission, `<app label>.<codename>`, gets the scope. For the app's AppConfig.ready."""
    _permission_of_scope[scope] = permission


def scope_permissions() -> Mapping[Scope, str]:
    """By scope, the permission that gives it."""
    return _permission_of_scope
