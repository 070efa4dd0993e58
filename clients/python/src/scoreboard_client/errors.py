"""The exceptions: one for each error code of the API. All of them are ScoreboardError."""

from collections.abc import Mapping
from typing import Any, ClassVar

# Statuses that mean "not now": the same request can be sent again.
TEMPORARY_STATUSES = frozenset({429, 502, 503, 504})
# The same for errors that come without a status: over a websocket, and in a batch.
TEMPORARY_CODES = frozenset({"RATE_LIMIT_EXCEEDED", "DATABASE_UNAVAILABLE", "CACHE_UNAVAILABLE", "OVERLOADED"})


class ScoreboardError(Exception):
    """The base class of all errors. Raised itself if the server sends a code that this version does not know.

    `status` is the HTTP status (None if there was no answer), `request_id` the id to quote to the server's operator,
    `retry_after` the seconds that the server asks to wait. `idempotency_key` is the key of a failed update: if you send
    the update again with this key, it counts once.
    """

    code: str = "UNKNOWN"
    default_message: ClassVar[str] = "The server answered with an error"

    def __init__(
        self,
        message: str = "",
        *,
        code: str | None = None,
        details: Mapping[str, Any] | None = None,
        status: int | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message or self.default_message)
        self.code = code or type(self).code
        self.details = dict(details or {})
        self.status = status
        self.request_id = request_id
        self.retry_after = retry_after
        self.idempotency_key: str | None = None

    @property
    def message(self) -> str:
        """A description of the error."""
        return str(self)

    @property
    def is_temporary(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status in TEMPORARY_STATUSES or self.code in TEMPORARY_CODES


class MissingRequiredFields(ScoreboardError):
    """Required fields are missing. `details["fields"]` names them."""

    code = "MISSING_REQUIRED_FIELDS"


class InvalidRequest(ScoreboardError):
    """The request does not have the documented shape."""

    code = "INVALID_REQUEST"


class InvalidActionType(ScoreboardError):
    """No active action type has this name."""

    code = "INVALID_ACTION_TYPE"


class InvalidMetadata(ScoreboardError):
    """`metadata` breaks one of its rules."""

    code = "INVALID_METADATA"


class InvalidLimit(ScoreboardError):
    """A limit, an offset, a radius or a number of days is out of range."""

    code = "INVALID_LIMIT"


class InvalidToken(ScoreboardError):
    """The token is missing or not valid, or the password is wrong."""

    code = "INVALID_TOKEN"
    default_message = "The token is missing, malformed, expired or not from this server's issuer"


class PermissionDenied(ScoreboardError):
    """The token is valid but does not allow this."""

    code = "PERMISSION_DENIED"
    default_message = "The server does not allow that"


class UserNotFound(ScoreboardError):
    """The user does not exist: nobody with this id has scored."""

    code = "USER_NOT_FOUND"


class NotFound(ScoreboardError):
    """There is nothing at this address."""

    code = "NOT_FOUND"
    default_message = "There is nothing at this address"


class MethodNotAllowed(ScoreboardError):
    """This address does not support the method."""

    code = "METHOD_NOT_ALLOWED"


class DuplicateRequest(ScoreboardError):
    """This user has already used the request id. `details` describes the first request."""

    code = "DUPLICATE_REQUEST"


class PayloadTooLarge(ScoreboardError):
    """The body is larger than the server accepts."""

    code = "PAYLOAD_TOO_LARGE"


class UnsupportedMediaType(ScoreboardError):
    """The body is not JSON."""

    code = "UNSUPPORTED_MEDIA_TYPE"


class IdempotencyKeyReused(ScoreboardError):
    """The idempotency key was already used for another action."""

    code = "IDEMPOTENCY_KEY_REUSED"


class ActionNotAllowed(ScoreboardError):
    """A rule of the action type forbids this action now.

    `details["rule"]` names it, and `details["limit"]` is its limit. `details["retryAfter"]` is the number of seconds
    after which the action may be allowed, or None.
    """

    code = "ACTION_NOT_ALLOWED"


class RateLimitExceeded(ScoreboardError):
    """Too many requests. `retry_after` is the number of seconds to wait before the next one."""

    code = "RATE_LIMIT_EXCEEDED"


class DatabaseUnavailable(ScoreboardError):
    """The server's database does not answer."""

    code = "DATABASE_UNAVAILABLE"


class CacheUnavailable(ScoreboardError):
    """The server's cache does not answer, and this request needs it."""

    code = "CACHE_UNAVAILABLE"


class Overloaded(ScoreboardError):
    """The server has too much to do, or too many actions of one live connection are unanswered. Nothing was done."""

    code = "OVERLOADED"


class SystemFailure(ScoreboardError):
    """The server failed in an unexpected way (SYSTEM_ERROR)."""

    code = "SYSTEM_ERROR"


class TransportError(ScoreboardError):
    """The API did not answer: no connection, a timeout, or a gateway's HTML page instead."""

    code = "TRANSPORT_ERROR"
    default_message = "The server cannot be reached"

    def __init__(self, message: str = "", *, is_fault_of_network: bool = True, **fields: Any) -> None:  # noqa: ANN401
        super().__init__(message, **fields)
        self._is_fault_of_network = is_fault_of_network

    @property
    def is_temporary(self) -> bool:
        """Whether the same request may succeed later."""
        return super().is_temporary or (self.status is None and self._is_fault_of_network)


ERROR_OF_CODE: Mapping[str, type[ScoreboardError]] = {kind.code: kind for kind in ScoreboardError.__subclasses__()}


def error_of(
    problem: Mapping[str, Any],
    *,
    status: int | None = None,
    request_id: str | None = None,
    retry_after: float | None = None,
) -> ScoreboardError:
    """The exception for the API's `error` object: `{"code", "message", "details"}`."""
    code = str(problem.get("code", ScoreboardError.code))
    details = problem.get("details")
    return ERROR_OF_CODE.get(code, ScoreboardError)(
        str(problem.get("message", "")),
        code=code,
        details=details if isinstance(details, Mapping) else None,
        status=status,
        request_id=request_id,
        retry_after=retry_after,
    )
