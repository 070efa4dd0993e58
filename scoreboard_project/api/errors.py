"""Every error that the API can return: one class per code, with its status. `exception_handler` renders them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar


class ErrorCode(StrEnum):
    """The codes of the contract. A client may switch on these and on nothing else."""

    MISSING_REQUIRED_FIELDS = "MISSING_REQUIRED_FIELDS"
    INVALID_REQUEST = "INVALID_REQUEST"
    INVALID_ACTION_TYPE = "INVALID_ACTION_TYPE"
    INVALID_METADATA = "INVALID_METADATA"
    INVALID_LIMIT = "INVALID_LIMIT"
    INVALID_TOKEN = "INVALID_TOKEN"  # noqa: S105 - an error code, not a secret
    PERMISSION_DENIED = "PERMISSION_DENIED"
    USER_NOT_FOUND = "USER_NOT_FOUND"
    NOT_FOUND = "NOT_FOUND"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    DUPLICATE_REQUEST = "DUPLICATE_REQUEST"
    PAYLOAD_TOO_LARGE = "PAYLOAD_TOO_LARGE"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    ACTION_NOT_ALLOWED = "ACTION_NOT_ALLOWED"
    RATE_LIMIT_EXCEEDED = "RATE_LIMIT_EXCEEDED"
    DATABASE_UNAVAILABLE = "DATABASE_UNAVAILABLE"
    CACHE_UNAVAILABLE = "CACHE_UNAVAILABLE"
    OVERLOADED = "OVERLOADED"
    SYSTEM_ERROR = "SYSTEM_ERROR"


class ApiError(Exception):
    """An error answer. `details` is for programs; `headers` are added to the response."""

    code: ClassVar[ErrorCode] = ErrorCode.SYSTEM_ERROR
    status: ClassVar[int] = 500
    message: ClassVar[str] = "Internal server error"

    def __init__(
        self,
        message: str | None = None,
        *,
        details: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message or self.message)
        self.details = dict(details or {})
        self.headers = dict(headers or {})


class MissingRequiredFields(ApiError):
    """Required fields are absent or null. `details.fields` names them."""

    code, status, message = ErrorCode.MISSING_REQUIRED_FIELDS, 400, "Required fields are missing"


class InvalidRequest(ApiError):
    """The request does not have the documented form."""

    code, status, message = ErrorCode.INVALID_REQUEST, 400, "The request is not valid"


class InvalidActionType(ApiError):
    """No active action type has this code."""

    code, status, message = ErrorCode.INVALID_ACTION_TYPE, 400, "Unknown or inactive action type"


class InvalidMetadata(ApiError):
    """`metadata` breaks one of its rules."""

    code, status, message = ErrorCode.INVALID_METADATA, 400, "The metadata is not valid"


class InvalidLimit(ApiError):
    """`limit`, `offset` or another number in the query is outside its range or is not a whole number."""

    code, status, message = ErrorCode.INVALID_LIMIT, 400, "limit or offset is outside its range"


class InvalidToken(ApiError):
    """There is no token, or it is not valid."""

    code, status, message = ErrorCode.INVALID_TOKEN, 401, "The token is missing, malformed, expired or not ours"

    def __init__(self, message: str | None = None, *, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message, details=details, headers={"WWW-Authenticate": 'Bearer realm="scoreboard"'})


class PermissionDenied(ApiError):
    """The token is valid but does not allow this."""

    code, status, message = ErrorCode.PERMISSION_DENIED, 403, "This token does not allow that"


class UserNotFound(ApiError):
    """No user with this id has ever scored."""

    code, status, message = ErrorCode.USER_NOT_FOUND, 404, "User does not exist"


class NotFound(ApiError):
    code, status, message = ErrorCode.NOT_FOUND, 404, "Nothing is at this address"


class MethodNotAllowed(ApiError):
    """The address exists, but not with this method."""

    code, status, message = ErrorCode.METHOD_NOT_ALLOWED, 405, "This method is not allowed here"


class DuplicateRequest(ApiError):
    """This user already used the request id; `details` has the result of that request."""

    code, status, message = ErrorCode.DUPLICATE_REQUEST, 409, "This request has already been processed"


class PayloadTooLarge(ApiError):
    """The body is larger than this endpoint accepts."""

    code, status, message = ErrorCode.PAYLOAD_TOO_LARGE, 413, "The request body is too large"


class UnsupportedMediaType(ApiError):
    """The body is not JSON."""

    code, status, message = ErrorCode.UNSUPPORTED_MEDIA_TYPE, 415, "Send application/json"


class IdempotencyKeyReused(ApiError):
    """This user already used the Idempotency-Key with another body."""

    code, status, message = (
        ErrorCode.IDEMPOTENCY_KEY_REUSED,
        422,
        "This Idempotency-Key was used with another request body",
    )


class ActionNotAllowed(ApiError):
    """A rule forbids this action now; `details.rule` names it."""

    code, status, message = ErrorCode.ACTION_NOT_ALLOWED, 422, "A rule does not allow this action"


class RateLimitExceeded(ApiError):
    """Too many requests. `Retry-After` says how many seconds to wait."""

    code, status, message = ErrorCode.RATE_LIMIT_EXCEEDED, 429, "Too many requests"

    def __init__(self, *, retry_after: int, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(
            details={**(details or {}), "retryAfter": retry_after}, headers={"Retry-After": str(retry_after)}
        )


class DatabaseUnavailable(ApiError):
    """PostgreSQL cannot be reached or does not answer in time."""

    code, status, message = ErrorCode.DATABASE_UNAVAILABLE, 503, "Database service temporarily unavailable"

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "2"})


class CacheUnavailable(ApiError):
    """Redis cannot be reached, and nothing else can answer this."""

    code, status, message = ErrorCode.CACHE_UNAVAILABLE, 503, "Cache service temporarily unavailable"

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "2"})


class Overloaded(ApiError):
    """So many requests wait that this one would not be answered in time. Nothing was done."""

    code, status, message = ErrorCode.OVERLOADED, 503, "The server has too much to do"

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "1"})


class SystemFailure(ApiError):
    """A defect in the server. If client input can cause one, that is a bug to fix."""

    code, status, message = ErrorCode.SYSTEM_ERROR, 500, "Internal server error"
