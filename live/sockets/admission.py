"""Which clients may have a socket."""

from live.sockets.handshake import Handshake, is_origin_allowed
from live.sockets.messages import CloseCode
from live.sockets.registry import LiveProcess
from scoreboard_project.api.errors import ApiError
from scoreboard_project.runtime.flows.flow import run_in_loop
from scoreboard_project.tokens.banned_users import banned_users, refuse_banned
from scoreboard_project.tokens.principal import Principal


class Refused(Exception):
    """The client is not admitted."""

    def __init__(self, code: CloseCode) -> None:
        super().__init__(code.name)
        self.code = code


async def refuse_banned_socket(user_id: str) -> None:
    """Raises Refused. While PostgreSQL does not answer, the list that the process has decides."""
    try:
        await run_in_loop(refuse_banned(user_id))
    except ApiError:
        raise Refused(CloseCode.FORBIDDEN) from None
    except Exception:  # noqa: BLE001 - Django's database errors, and those of a process with too much to do
        if user_id in banned_users.user_ids:
            raise Refused(CloseCode.FORBIDDEN) from None


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
    await refuse_banned_socket(principal.user_id)
    if not process.limits.admits(principal.user_id, handshake.address):
        raise Refused(CloseCode.TOO_MANY)
    return principal
