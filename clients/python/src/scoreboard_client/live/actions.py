"""The actions of a live connection that wait for their answers."""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any

from scoreboard_client.actions import encode, new_request_id
from scoreboard_client.answers import ScoreUpdate
from scoreboard_client.decoding import UnexpectedShape, decode
from scoreboard_client.errors import PayloadTooLarge, ScoreboardError, TransportError, error_of

# The server closes the connection for a longer one.
LONGEST_FRAME = 4 * 1024


@dataclass(slots=True)
class SubmittedAction:
    """An action and its frame. `outcome` is None until the answer has come."""

    request_id: str
    text: str
    outcome: ScoreUpdate | ScoreboardError | None = None

    @property
    def is_answered(self) -> bool:
        return self.outcome is not None

    def result(self) -> ScoreUpdate:
        """Raises the ScoreboardError with which the action was refused, or TransportError if no answer came."""
        if isinstance(self.outcome, ScoreUpdate):
            return self.outcome
        raise self.outcome or TransportError("The action got no answer in time, or the connection was closed")

    def named_in(self, error: ScoreboardError) -> ScoreboardError:
        """A copy of the error for this action: several actions may fail for one reason."""
        found = copy(error)
        found.idempotency_key = self.request_id
        return found


def action_of(action_type: str, metadata: Mapping[str, Any] | None, request_id: str | None) -> SubmittedAction:
    """An action to submit. Raises PayloadTooLarge if it does not fit into a frame."""
    request_id = request_id or new_request_id()
    data = {"requestId": request_id, "actionType": action_type}
    frame = {"type": "submit_action", "data": data if metadata is None else {**data, "metadata": dict(metadata)}}
    text = encode(frame).decode("ascii")
    if len(text) > LONGEST_FRAME:
        raise PayloadTooLarge(
            f"An action must fit into a frame of {LONGEST_FRAME} bytes. `update` takes more metadata",
            details={"maxBytes": LONGEST_FRAME},
        )
    return SubmittedAction(request_id, text)


class UnansweredActions:
    """By request id. They outlive a lost connection: the next one sends them again, and each counts once."""

    def __init__(self) -> None:
        self._by_id: dict[str, SubmittedAction] = {}
        self._is_connected = False

    def add(self, action: SubmittedAction) -> bool:
        """Whether to send the action now: without a connection, the next one sends it.

        Raises ValueError if an action with its id is under way.
        """
        if self._by_id.setdefault(action.request_id, action) is not action:
            raise ValueError(f"An action with the request id {action.request_id!r} is under way")
        return self._is_connected

    def forget(self, action: SubmittedAction) -> None:
        """Nobody waits for its answer any longer."""
        self._by_id.pop(action.request_id, None)

    def connected(self) -> list[str]:
        """The frames to send again on a new connection."""
        # In this order: another thread that adds an action meanwhile may send it twice, but never not at all.
        self._is_connected = True
        return [action.text for action in list(self._by_id.values()) if not action.is_answered]

    def disconnected(self) -> None:
        self._is_connected = False

    def succeed(self, data: Mapping[str, Any], *, replayed: bool) -> None:
        """Answer the action that the result names. Answers that nobody waits for are ignored."""
        action = self._by_id.get(str(data.get("requestId")))
        if action is None or action.is_answered:
            return
        try:
            action.outcome = decode(ScoreUpdate, {**data, "replayed": replayed})
        except UnexpectedShape as error:
            action.outcome = TransportError(f"Unexpected frame: {error}", is_fault_of_network=False)

    def fail(self, request_id: object, problem: Mapping[str, Any]) -> None:
        """Answer the action that the error names."""
        action = self._by_id.get(str(request_id))
        if action is not None and not action.is_answered:
            details = problem.get("details")
            wait = details.get("retryAfter") if isinstance(details, dict) else None
            action.outcome = error_of(problem, retry_after=wait if isinstance(wait, int | float) else None)
