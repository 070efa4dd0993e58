"""Bearer tokens for DRF views. A view without these classes is public."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from scoreboard_project.api.errors import InvalidToken, PermissionDenied
from scoreboard_project.runtime.current_request import current_user_id
from scoreboard_project.tokens.principal import Principal, Scope
from scoreboard_project.tokens.tokens import verify_access_token

SCHEME = "bearer"


class BearerAuthentication(BaseAuthentication):
    """Sets `request.user` to the Principal of `Authorization: Bearer <token>`. A missing header is a 401 too."""

    def authenticate(self, request: Request) -> tuple[Principal, None]:
        """Raises InvalidToken."""
        principal = verify_access_token(bearer_token(request.META.get("HTTP_AUTHORIZATION", "")))
        current_user_id.set(principal.user_id)
        return principal, None


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """An access token: RS256, from `POST /api/v1/auth/token`, `manage.py issue_token`, or the configured issuer."""

    target_class = BearerAuthentication
    name = "bearerAuth"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """The OpenAPI security scheme. drf-spectacular finds subclasses of its extension class by itself."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": self.__doc__ or ""}


def bearer_token(header: str) -> str:
    """The token of an `Authorization` header. Raises InvalidToken."""
    scheme, _, token = header.partition(" ")
    token = token.strip(" ")
    if scheme.lower() != SCHEME or not token or " " in token:
        raise InvalidToken
    return token


def bearer_of(request: Request) -> Principal:
    """The principal of the request's token. Raises InvalidToken if the view lacks BearerAuthentication."""
    principal: object = request.user
    if not isinstance(principal, Principal):
        raise InvalidToken
    return principal


class IsBearer(BasePermission):
    """The request has a valid token."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Raises InvalidToken if the view lacks BearerAuthentication."""
        bearer_of(request)
        return True


class IsPlayer(IsBearer):
    """The token belongs to a user or a game server. A page's viewer token can only watch the live board."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Raises InvalidToken or PermissionDenied."""
        super().has_permission(request, view)
        if bearer_of(request).may(Scope.VIEW_LIVE):
            raise PermissionDenied("A page's viewer token can only watch the live board")
        return True


class HasScope(IsBearer):
    """The token has a scope: `permission_classes = [HasScope.of(Scope.WRITE_ANY)]`."""

    scope: Scope

    @classmethod
    def of(cls, scope: Scope) -> type["HasScope"]:
        return type(f"HasScope_{scope.name}", (cls,), {"scope": scope})

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Raises InvalidToken or PermissionDenied."""
        super().has_permission(request, view)
        if not bearer_of(request).may(self.scope):
            raise PermissionDenied(f"This needs a token with the scope {self.scope}")
        return True
