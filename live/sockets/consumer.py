"""One websocket. The consumer only dispatches: handshake, limits, messages, hub and outbox do the work."""

import asyncio
import logging
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, cast

from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer

from live.connections.asgi_socket import AsgiSocket
from live.connections.connection import Connection
from live.counts import metrics
from live.counts.sessions import Session
from live.counts.socket_limits import MessageRate
from live.sockets import messages
from live.sockets.actions import SocketActions
from live.sockets.admission import Refused, admit, check_socket_not_refused
from live.sockets.handshake import Handshake
from live.sockets.messages import CloseCode
from live.sockets.outbox import Outbox
from live.sockets.protocol import EXTENSION, LiveWebSocketProtocol
from live.sockets.registry import LiveProcess, live_process
from live.sockets.subscriptions import Subscriber
from scoreboard_project.api.errors import ApiError
from scoreboard_project.limits.client_address import stored_user_agent
from scoreboard_project.tokens.principal import Principal
from scoreboard_project.tokens.tokens import verify_by_keys_of_now

Send = Callable[[dict[str, Any]], Awaitable[None]]

log = logging.getLogger("scoreboard.live")


class LiveScoreboardConsumer(AsyncConsumer):
    """`/ws/v1/scoreboard/live`. It uses neither the ORM nor a channel layer: the hub listens for all sockets.

    `hear`, `can_write` and `left` are its Listener methods.
    """

    channel_layer_alias = "none: the hub listens for all sockets"
    process: LiveProcess
    principal: Principal | None = None
    address = ""
    user_agent = ""
    # Made with the first action: most sockets only watch, and their memory counts.
    actions: SocketActions | None = None
    socket: Connection | AsgiSocket
    subscriber: Subscriber
    number = 0
    since = 0.0
    expiry: asyncio.TimerHandle | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
        """Serve one socket. With our websocket protocol this ends once the client is admitted or refused.

        Channels' loop, which runs as long as the socket is open, serves the sockets of other servers.
        """
        protocol: LiveWebSocketProtocol | None = scope.get("extensions", {}).get(EXTENSION)
        if protocol is None:
            await super().__call__(scope, receive, send)
        else:
            await receive()
            await self.connect(scope, send, protocol)

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Replaces Channels' dispatch, which closes old database connections in a thread on every message."""
        match message["type"]:
            case "websocket.connect":
                await self.connect(cast("dict[str, Any]", self.scope), cast("Send", self.base_send), None)
            case "websocket.receive":
                if (work := self.hear(message.get("text"))) is not None:
                    await work
            case "websocket.disconnect":
                self.left()
                raise StopConsumer

    async def connect(self, scope: dict[str, Any], send: Send, protocol: LiveWebSocketProtocol | None) -> None:
        """Accept first, so that a refusal can have a close code; then check origin, token and limits."""
        await send({"type": "websocket.accept"})
        self.process, handshake = live_process(), Handshake(scope)
        self.process.arriving += 1
        try:
            principal = await admit(handshake, self.process)
        except Refused as refusal:
            metrics.live_closed.labels(int(refusal.code)).inc()
            with suppress(OSError, RuntimeError):  # the client has left
                await send({"type": "websocket.close", "code": int(refusal.code)})
            return
        finally:
            self.process.arriving -= 1
        if socket := protocol.hand_over(self) if protocol else AsgiSocket(send, self):
            self.enter(principal, handshake, socket)

    def enter(self, principal: Principal, handshake: Handshake, socket: Connection | AsgiSocket) -> None:
        """Register an admitted client."""
        self.address = handshake.address
        # Thousands of sockets have the same one.
        self.user_agent = sys.intern(stored_user_agent(handshake.headers.get("user-agent", "")))
        self.socket = socket
        self.subscriber = Subscriber(Outbox(socket, self.close_slow_reader))
        self.rate = MessageRate()
        self.number, self.since = self.process.sessions.number(), time.time()
        self.process.enter(self)
        self.enter_as(principal)

    def enter_as(self, principal: Principal) -> None:
        """Count the socket for this principal, and close it when the token expires."""
        self.uncount()
        self.principal = principal
        self.process.limits.add(principal.user_id, self.address)
        remaining = max(0.0, principal.expires_at - time.time())
        self.expiry = asyncio.get_running_loop().call_later(remaining, self.close, CloseCode.BAD_TOKEN)

    def uncount(self) -> None:
        """Undo enter_as."""
        if self.expiry:
            self.expiry.cancel()
        if self.principal:
            self.process.limits.remove(self.principal.user_id, self.address)
            self.principal = None

    def hear(self, text: str | None) -> Coroutine[Any, Any, None] | None:
        """Answer one frame. A bad frame gets an error, and the socket stays open."""
        if self.principal is None:
            return None
        try:
            asked = messages.parse_client_message(text)
        except ApiError as problem:
            self.refuse(problem)
            return None
        if isinstance(asked, messages.SubmitAction):
            self.submit(asked, self.principal)
        elif self.rate.admits():
            return self.obey(asked)
        else:
            self.close(CloseCode.TOO_MANY)
        return None

    def submit(self, action: messages.SubmitAction, principal: Principal) -> None:
        """Begin an action, which counts as a message only if it is refused: actions have a limit of their own.

        While the process is stopping, none begins. The close that follows says so.
        """
        if self.process.is_stopping:
            return
        if self.actions is None:
            reply = self.subscriber.outbox.reply
            self.actions = SocketActions(self.process.actions, self.address, self.user_agent, reply, self.refuse)
        self.actions.submit(action, principal)

    def refuse(self, problem: ApiError, request_id: str | None = None) -> None:
        """Say what was wrong with a frame. Too many such frames close the socket."""
        if self.principal is None:
            return
        if self.rate.admits():
            self.subscriber.outbox.reply(messages.error(problem, request_id))
        else:
            self.close(CloseCode.TOO_MANY)

    def obey(self, message: messages.ClientMessage) -> Coroutine[Any, Any, None] | None:
        """Do what the client asks, or return what has to be awaited."""
        match message:
            case messages.Subscribe(limit):
                self.process.hub.subscribe(self.subscriber, limit)
                self.process.sessions.note_change(self.number)
            case messages.Unsubscribe():
                self.process.hub.unsubscribe(self.subscriber)
                self.process.sessions.note_change(self.number)
            case messages.Ping():
                self.subscriber.outbox.reply(messages.PONG)
            case messages.Authenticate(token):
                return self.authenticate(token)
        return None

    async def authenticate(self, token: str) -> None:
        """Go on with a newer token. One that is not valid, or refused, changes nothing."""
        try:
            principal = await verify_by_keys_of_now(token)
            await check_socket_not_refused(principal)
        except ApiError as problem:
            self.subscriber.outbox.reply(messages.error(problem))
        else:
            self.renew(principal)

    def renew(self, principal: Principal) -> None:
        """Go on with a newer token, unless the socket was closed while it was verified."""
        if self.principal:
            self.enter_as(principal)
            self.process.sessions.note_change(self.number)
            self.subscriber.outbox.reply(messages.authenticated(principal.expires_at))

    def session(self) -> Session | None:
        """Who this is, since when, and what they watch."""
        return Session(self.principal.user_id, self.since, self.subscriber.limit) if self.principal else None

    def can_write(self) -> None:
        self.subscriber.outbox.can_write()

    def send_away(self, after_milliseconds: int) -> None:
        """The process is stopping: tell the client when to reconnect, and close."""
        self.process.hub.unsubscribe(self.subscriber)
        self.subscriber.outbox.reply(messages.reconnect(after_milliseconds))
        self.close(CloseCode.GOING_AWAY)

    def close_slow_reader(self) -> None:
        log.info("slow reader closed", extra={"userId": self.principal.user_id if self.principal else ""})
        self.close(CloseCode.SLOW_READER)

    def close(self, code: CloseCode) -> None:
        """Close the socket, and drop a peer that does not read."""
        if self.principal:
            metrics.live_closed.labels(int(code)).inc()
            self.left()
            self.socket.close(int(code))

    def left(self) -> None:
        """Remove the socket everywhere. Safe to call more than once, and for a client that was not admitted."""
        if self.principal:
            self.uncount()
            self.process.leave(self)
            self.process.hub.unsubscribe(self.subscriber)
            self.subscriber.outbox.close()
            # It refers to this consumer.
            self.actions = None
