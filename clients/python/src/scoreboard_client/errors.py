"""What can go wrong: one exception per code of the API, all of them ScoreboardError."""

from collections.abc import Mapping
from typing import Any, ClassVar

# Answers that say "not now": the same request may be sent again.
TEMPORARY_STATUSES = frozenset({429, 502, 503, 504})


class ScoreboardError(Exception):
    """The base of every error, and the error itself when the server sends a code that this version does not know.

    `status` is the HTTP status (None when there was none), `request_id` the id to quote to whoever runs the server,
    `retry_after` the seconds that the server asks to wait. `idempotency_key` is the key of a failed update: send the
    update with it once more, and it counts once.
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
        """What happened, in words."""
        return str(self)

    @property
    def is_temporary(self) -> bool:
        """Whether the same request may succeed a little later."""
        return self.status in TEMPORARY_STATUSES


class MissingRequiredFields(ScoreboardError):
    """A field that the request needs is not there. `details["fields"]` names them."""

    code = "MISSING_REQUIRED_FIELDS"


class InvalidRequest(ScoreboardError):
    """The request is not of the documented shape."""

    code = "INVALID_REQUEST"


class InvalidActionType(ScoreboardError):
    """No active action type has this name."""

    code = "INVALID_ACTION_TYPE"


class InvalidMetadata(ScoreboardError):
    """`metadata` breaks one of its rules."""

    code = "INVALID_METADATA"


class InvalidLimit(ScoreboardError):
    """A limit, an offset, a radius or a number of days is outside its range."""

    code = "INVALID_LIMIT"


class InvalidToken(ScoreboardError):
    """No token, one that does not hold, or a wrong password."""

    code = "INVALID_TOKEN"
    default_message = "The token is missing, malformed, expired or not the server's"


class PermissionDenied(ScoreboardError):
    """The token holds, but does not allow this."""

    code = "PERMISSION_DENIED"
    default_message = "The server does not allow that"


class UserNotFound(ScoreboardError):
    """No such user has scored."""

    code = "USER_NOT_FOUND"


class NotFound(ScoreboardError):
    """Nothing is at this address."""

    code = "NOT_FOUND"
    default_message = "Nothing is at this address"


class MethodNotAllowed(ScoreboardError):
    """The address exists, this method on it does not."""

    code = "METHOD_NOT_ALLOWED"


class DuplicateRequest(ScoreboardError):
    """The request id was already used by this user; `details` tells what it did then."""

    code = "DUPLICATE_REQUEST"


class PayloadTooLarge(ScoreboardError):
    """The body is larger than the server takes."""

    code = "PAYLOAD_TOO_LARGE"


class UnsupportedMediaType(ScoreboardError):
    """The body is not JSON."""

    code = "UNSUPPORTED_MEDIA_TYPE"


class IdempotencyKeyReused(ScoreboardError):
    """The same idempotency key came with another action."""

    code = "IDEMPOTENCY_KEY_REUSED"


class ActionNotAllowed(ScoreboardError):
    """A rule forbids this action now; `details["rule"]` names it."""

    code = "ACTION_NOT_ALLOWED"


class RateLimitExceeded(ScoreboardError):
    """Too many requests; `retry_after` says when the next one may come."""

    code = "RATE_LIMIT_EXCEEDED"


class DatabaseUnavailable(ScoreboardError):
    """The server's database does not answer."""

    code = "DATABASE_UNAVAILABLE"


class CacheUnavailable(ScoreboardError):
    """The server's cache does not answer, and nothing else can."""

    code = "CACHE_UNAVAILABLE"


class SystemFailure(ScoreboardError):
    """A defect of the server (SYSTEM_ERROR)."""

    code = "SYSTEM_ERROR"


class TransportError(ScoreboardError):
    """No answer, or none that the API gives: no connection, a timeout, a gateway's page of HTML."""

    code = "TRANSPORT_ERROR"
    default_message = "The server cannot be reached"

    def __init__(self, message: str = "", *, is_fault_of_network: bool = True, **fields: Any) -> None:  # noqa: ANN401
        super().__init__(message, **fields)
        self._is_fault_of_network = is_fault_of_network

    @property
    def is_temporary(self) -> bool:
        """Whether the same request may succeed a little later."""
        return super().is_temporary or (self.status is None and self._is_fault_of_network)


ERROR_OF_CODE: Mapping[str, type[ScoreboardError]] = {kind.code: kind for kind in ScoreboardError.__subclasses__()}


def error_of(
    problem: Mapping[str, Any],
    *,
    status: int | None = None,
    request_id: str | None = None,
    retry_after: float | None = None,
) -> ScoreboardError:
    """The exception for an `error` object of the API: `{"code", "message", "details"}`."""
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
