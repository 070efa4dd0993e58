"""Which clients may have a socket."""

from live.sockets.handshake import Handshake, is_origin_allowed
from live.sockets.messages import CloseCode
from live.sockets.registry import LiveProcess
from scoreboard_project.api.errors import ApiError
from scoreboard_project.tokens.principal import Principal


class Refused(Exception):
    """The client is not admitted."""

    def __init__(self, code: CloseCode) -> None:
        super().__init__(code.name)
        self.code = code


async def admit(handshake: Handshake, process: LiveProcess) -> Principal:
    """The principal, if the token is valid and no limit is reached. Raises Refused."""
    if process.is_stopping:
        raise Refused(CloseCode.GOING_AWAY)
    if not is_origin_allowed(handshake.origin, handshake.host):
        raise Refused(CloseCode.FORBIDDEN)
    try:
        principal = await handshake.principal()
    except ApiError as problem:
        raise Refused(CloseCode.BAD_TOKEN if problem.status == 401 else CloseCode.TRY_AGAIN_LATER) from None
    if not process.limits.admits(principal.user_id, handshake.address):
        raise Refused(CloseCode.TOO_MANY)
    return principal
