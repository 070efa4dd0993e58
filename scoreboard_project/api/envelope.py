"""The one shape of every answer under /api/: `success` with `data`, or with `error`."""

from typing import Any

from scoreboard_project.api.errors import ApiError


def success(data: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """`{"success": true, "data": …}`."""
    return {"success": True, "data": data}


def failure(error: ApiError) -> dict[str, Any]:
    """`{"success": false, "error": {"code", "message", "details"}}`."""
    return {"success": False, "error": {"code": error.code.value, "message": str(error), "details": error.details}}
