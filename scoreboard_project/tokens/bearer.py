"""Who calls: the principal of a call's bearer token, and what it must be allowed."""

from dataclasses import dataclass

from scoreboard_project.api.calls import Call
from scoreboard_project.api.errors import InvalidToken, PermissionDenied
from scoreboard_project.runtime.current_request import current_user_id
from scoreboard_project.runtime.flows.flow import Flow, Question
from scoreboard_project.tokens.principal import Principal, Scope
from scoreboard_project.tokens.token_state import check_not_refused, refresh_state
from scoreboard_project.tokens.tokens import find_remembered_token, verify_access_token, verify_off_loop

SCHEME = "bearer"


@dataclass(frozen=True, slots=True)
class TokenCheck(Question[Principal]):
    """The principal of a token that was not seen before. Raises InvalidToken."""

    token: str

    def ask(self) -> Principal:
        return verify_access_token(self.token)

    async def ask_in_loop(self) -> Principal:
        return await verify_off_loop(self.token)


def bearer_of(call: Call) -> Flow[Principal]:
    """The principal of `Authorization: Bearer <token>`.

    Raises InvalidToken, also without the header and for a revoked token, or PermissionDenied for a banned user.
    """
    token = bearer_token(call.headers.get("authorization", ""))
    principal = find_remembered_token(token) or (yield from _verified_by_keys_of_now(token))
    current_user_id.set(principal.user_id)
    yield from check_not_refused(principal)
    return principal


def _verified_by_keys_of_now(token: str) -> Flow[Principal]:
    """Without PostgreSQL an invalid token is InvalidToken, and a valid one raises PostgreSQL's error."""
    failure: Exception | None = None
    try:
        yield from refresh_state()
    except Exception as error:  # noqa: BLE001 - raised below
        failure = error
    principal = yield from TokenCheck(token)
    if failure:
        raise failure
    return principal


def player_of(call: Call) -> Flow[Principal]:
    """A user or a game server. Raises PermissionDenied for a page's viewer token, which can only watch."""
    principal = yield from bearer_of(call)
    check_may_play(principal)
    return principal


def check_may_play(principal: Principal) -> None:
    """Raises PermissionDenied for a page's viewer token, which can only watch."""
    if principal.may(Scope.VIEW_LIVE):
        raise PermissionDenied("A page's viewer token can only watch the live board")


def bearer_with_scope(call: Call, scope: Scope) -> Flow[Principal]:
    """Raises InvalidToken, or PermissionDenied if the token lacks the scope or its user is banned."""
    principal = yield from bearer_of(call)
    if not principal.may(scope):
        raise PermissionDenied(f"This needs a token with the scope {scope}")
    return principal


def bearer_token(header: str) -> str:
    """The token of an `Authorization` header. Raises InvalidToken."""
    scheme, _, token = header.partition(" ")
    token = token.strip(" ")
    if scheme.lower() != SCHEME or not token or " " in token:
        raise InvalidToken
    return token
