"""The envelope of every JSON answer under /api/: `success` with either `data` or `error`."""

from typing import Annotated, Any

from msgspec import Meta

from scoreboard_project.api.errors import ApiError, ErrorCode
from scoreboard_project.api.shapes import Shape

Yes = Annotated[bool, Meta(extra_json_schema={"const": True})]
No = Annotated[bool, Meta(extra_json_schema={"const": False})]


class ErrorOutput(Shape):
    """What went wrong."""

    code: Annotated[ErrorCode, Meta(description="Switch on this and on nothing else.")]
    message: Annotated[str, Meta(description="For people; it may change.")]
    details: Annotated[dict[str, Any], Meta(description="For programs; its keys depend on the code.")]


class ErrorResponse(Shape):
    """Every answer that is not a success."""

    success: No
    error: ErrorOutput


def success(data: Any) -> dict[str, Any]:  # noqa: ANN401 - a shape
    """`{"success": true, "data": …}`."""
    return {"success": True, "data": data}


def error_output(error: ApiError) -> ErrorOutput:
    return ErrorOutput(error.code, str(error), error.details)


def failure(error: ApiError) -> ErrorResponse:
    """`{"success": false, "error": {"code", "message", "details"}}`."""
    return ErrorResponse(success=False, error=error_output(error))
