"""The actions that one socket reports. Each is done in a task of its own, so that answers may overtake one another.

They join the groups of the process, as the actions of HTTP requests do. A client that leaves does not undo them.
"""

import asyncio
import time
from collections.abc import Callable

from live.connections.frames import OutgoingFrame
from live.counts import metrics
from live.sockets import messages
from live.sockets.messages import SubmitAction, SubmitActionInput
from scoreboard_project.api.errors import ApiError, Overloaded
from scoreboard_project.api.exception_handler import as_api_error
from scoreboard_project.api.request_id import new_request_id
from scoreboard_project.runtime.current_request import current_request_id, current_user_id
from scoreboard_project.runtime.flows.flow import run_in_loop
from scoreboard_project.tokens.bearer import check_may_play
from scoreboard_project.tokens.principal import Principal
from scoreboard_project.tokens.token_state import check_not_refused
from scores.api.idempotency import RequestIdentity
from scores.api.score_update import Origin, report_once

# Fewer than the answers that an outbox keeps: a client that reads must not lose its socket when all come at once.
MAX_UNANSWERED_ACTIONS = 16


class Begun:
    """The actions of all sockets of a process that are under way."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def finish(self, most_seconds: float) -> None:
        """Return once the actions that are under way now are answered, or after `most_seconds`."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=most_seconds)


class SocketActions:
    """The actions of one socket. Address and user agent are those of its handshake."""

    __slots__ = ("_answer", "_begun", "_ip_address", "_refuse", "_unanswered", "_user_agent")

    def __init__(
        self,
        begun: Begun,
        ip_address: str,
        user_agent: str,
        answer: Callable[[OutgoingFrame], None],
        refuse: Callable[[ApiError, str | None], None],
    ) -> None:
        self._begun = begun
        self._ip_address = ip_address
        self._user_agent = user_agent
        self._answer = answer
        self._refuse = refuse
        self._unanswered = 0

    def submit(self, message: SubmitAction, principal: Principal) -> None:
        """Begin an action. Its answer, a result or an error with its request id, follows exactly once."""
        try:
            check_may_play(principal)
            sent = message.read()
            if self._unanswered >= MAX_UNANSWERED_ACTIONS:
                raise Overloaded
        except ApiError as problem:
            self._refuse(problem, message.request_id)
            return
        self._unanswered += 1
        self._begun.add(asyncio.create_task(self._report(sent, principal)))

    async def _report(self, sent: SubmitActionInput, principal: Principal) -> None:
        started = time.perf_counter()
        origin = Origin(principal, self._ip_address, self._user_agent, trace_id=new_request_id())
        # For log lines. The task has a context of its own.
        current_request_id.set(origin.trace_id)
        current_user_id.set(principal.user_id)
        identity = RequestIdentity(sent.request_id, is_idempotency_key=True)
        try:
            await run_in_loop(check_not_refused(principal))
            reported = await run_in_loop(report_once(sent, identity, origin))
        except Exception as error:  # noqa: BLE001 - as_api_error logs what is unexpected
            problem = as_api_error(error)
            self._count(str(problem.code), started)
            self._refuse(problem, sent.request_id)
        else:
            self._count("replayed" if reported.is_replay else "recorded", started)
            self._answer(messages.action_result(reported.output, is_replay=reported.is_replay))

    def _count(self, outcome: str, started: float) -> None:
        self._unanswered -= 1
        metrics.live_action_seconds.labels(outcome).observe(time.perf_counter() - started)
