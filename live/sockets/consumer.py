"""One websocket. The consumer only dispatches: handshake, limits, messages, hub and outbox do the work."""

import asyncio
import logging
import time
from typing import Any, cast

from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer
from django.conf import settings

from live.sockets import messages, metrics
from live.sockets.handshake import Handshake, is_origin_allowed
from live.sockets.messages import CloseCode
from live.sockets.outbox import Outbox, Send
from live.sockets.protocol import EXTENSION, DirectSocket
from live.sockets.registry import LiveProcess, live_process
from live.sockets.socket_limits import MessageRate
from live.sockets.subscriptions import Subscriber
from scoreboard_project.api.errors import ApiError, InvalidRequest
from scoreboard_project.tokens.principal import Principal
from scoreboard_project.tokens.tokens import verify_off_loop

ABORT_GRACE_SECONDS = 3.0

log = logging.getLogger("scoreboard.live")


class LiveScoreboardConsumer(AsyncConsumer):
    """`/ws/v1/scoreboard/live`. It uses neither the ORM nor a channel layer: the hub listens for all sockets."""

    channel_layer_alias = "none: the hub listens for all sockets"
    process: LiveProcess
    principal: Principal | None = None
    address = ""
    direct: DirectSocket | None = None
    subscriber: Subscriber
    send_event: Send
    expiry: asyncio.TimerHandle | None = None

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Replaces Channels' dispatch, which closes old database connections in a thread on every message."""
        match message["type"]:
            case "websocket.connect":
                await self.websocket_connect()
            case "websocket.receive":
                await self.websocket_receive(message)
            case "websocket.disconnect":
                self.leave()
                raise StopConsumer

    async def websocket_connect(self) -> None:
        """Accept first, so that a refusal can have a close code; then check origin, token and limits."""
        self.process = live_process()
        scope = cast("dict[str, Any]", self.scope)
        self.direct = scope.get("extensions", {}).get(EXTENSION)
        self.send_event = cast("Send", self.base_send)
        self.subscriber = Subscriber(Outbox(self.send_event, self.direct, self.close_slow_reader))
        self.rate = MessageRate()
        handshake = Handshake(scope)
        await self.send_event({"type": "websocket.accept"})
        if self.process.is_stopping:
            await self.close(CloseCode.GOING_AWAY)
        elif not is_origin_allowed(handshake.origin, handshake.host):
            await self.close(CloseCode.FORBIDDEN)
        else:
            await self.admit(handshake)

    async def admit(self, handshake: Handshake) -> None:
        """Register the socket if its token is valid and no limit is reached; else close it."""
        try:
            principal = await handshake.principal()
        except ApiError as problem:
            await self.close(CloseCode.BAD_TOKEN if problem.status == 401 else CloseCode.TRY_AGAIN_LATER)
            return
        self.address = handshake.address
        if not self.process.limits.admits(principal.user_id, self.address):
            await self.close(CloseCode.TOO_MANY)
            return
        self.process.enter(self)
        self.enter_as(principal)

    def enter_as(self, principal: Principal) -> None:
        """Count the socket for this principal, and close it when the token expires."""
        self.uncount()
        self.principal = principal
        self.process.limits.add(principal.user_id, self.address)
        remaining = max(0.0, principal.expires_at - time.time())
        self.expiry = asyncio.get_running_loop().call_later(remaining, self.close_soon, CloseCode.BAD_TOKEN)

    def uncount(self) -> None:
        """Undo enter_as."""
        if self.expiry:
            self.expiry.cancel()
        if self.principal:
            self.process.limits.remove(self.principal.user_id, self.address)
            self.principal = None

    async def websocket_receive(self, message: dict[str, Any]) -> None:
        """Answer one frame. A bad frame gets an error, and the socket stays open."""
        if self.principal is None:
            return
        if not self.rate.admits():
            await self.close(CloseCode.TOO_MANY)
            return
        try:
            if message.get("text") is None:
                raise InvalidRequest("Frames must be JSON text")
            await self.obey(messages.parse_client_message(message["text"]))
        except ApiError as problem:
            self.subscriber.outbox.reply(messages.error(problem))

    async def obey(self, message: messages.ClientMessage) -> None:
        """Do what the client asks. Raises InvalidToken if a new token is not valid."""
        match message:
            case messages.Subscribe(limit):
                self.process.hub.subscribe(self.subscriber, limit)
            case messages.Unsubscribe():
                self.process.hub.unsubscribe(self.subscriber)
            case messages.Ping():
                self.subscriber.outbox.reply(messages.PONG)
            case messages.Authenticate(token):
                principal = await verify_off_loop(token)
                self.enter_as(principal)
                self.subscriber.outbox.reply(messages.authenticated(principal.expires_at))

    def send_away(self, after_milliseconds: int) -> None:
        """The process is stopping: tell the client when to reconnect, and close."""
        self.process.hub.unsubscribe(self.subscriber)
        self.subscriber.outbox.reply(messages.reconnect(after_milliseconds))
        self.close_soon(CloseCode.GOING_AWAY)

    def close_slow_reader(self) -> None:
        """Close the socket of a peer that does not read; a normal close would wait for it."""
        log.info("slow reader closed", extra={"userId": self.principal.user_id if self.principal else ""})
        self.close_soon(CloseCode.SLOW_READER)

    def close_soon(self, code: CloseCode) -> None:
        """Close from a callback, and drop a peer that does not read."""
        if self.direct:
            metrics.live_closed.labels(int(code)).inc()
            self.leave()
            self.direct.close_and_abort(code, ABORT_GRACE_SECONDS)
        else:
            asyncio.create_task(self.close(code))  # noqa: RUF006 - it ends with the socket

    async def close(self, code: int) -> None:
        metrics.live_closed.labels(int(code)).inc()
        self.leave()
        try:
            async with asyncio.timeout(settings.LIVE_WRITE_TIMEOUT_SECONDS):
                await self.send_event({"type": "websocket.close", "code": int(code)})
        except (OSError, RuntimeError, TimeoutError):
            log.debug("the peer left before its close frame was sent")

    def leave(self) -> None:
        """Remove the socket everywhere. Safe to call more than once."""
        self.uncount()
        self.process.leave(self)
        self.process.hub.unsubscribe(self.subscriber)
        self.subscriber.outbox.close()
