"""Which clients may have a socket."""

from live.sockets.handshake import Handshake, is_origin_allowed
from live.sockets.messages import CloseCode
from live.sockets.registry import LiveProcess
from live.sockets.token_watch import close_code_of
from scoreboard_project.api.errors import ApiError
from scoreboard_project.runtime.flows.flow import run_in_loop
from scoreboard_project.tokens.principal import Principal
from scoreboard_project.tokens.token_state import check_not_refused, known


class Refused(Exception):
    """The client is not admitted."""

    def __init__(self, code: CloseCode) -> None:
        super().__init__(code.name)
        self.code = code


async def check_socket_not_refused(principal: Principal) -> None:
    """Raises ApiError for a banned user or a revoked token.

    While PostgreSQL does not answer, what the process knows decides.
    """
    try:
        await run_in_loop(check_not_refused(principal))
    except ApiError:
        raise
    except Exception:  # noqa: BLE001 - Django's database errors, and those of a process with too much to do
        known.check(principal)


async def admit(handshake: Handshake, process: LiveProcess) -> Principal:
    """The principal, if the token is valid and no limit is reached. Raises Refused."""
    if not is_origin_allowed(handshake.origin, handshake.host):
        raise Refused(CloseCode.FORBIDDEN)
    try:
        principal = await handshake.principal()
        await check_socket_not_refused(principal)
    except ApiError as problem:
        raise Refused(close_code_of(problem)) from None
    if not process.limits.admits(principal.user_id, handshake.address):
        raise Refused(CloseCode.TOO_MANY)
    # Asked last: it may have begun to stop in the meantime.
    if process.is_stopping:
        raise Refused(CloseCode.GOING_AWAY)
    return principal
