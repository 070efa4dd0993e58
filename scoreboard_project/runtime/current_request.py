"""The id and the user of the current request, for its log lines. Empty outside a request."""

from contextvars import ContextVar

current_request_id: ContextVar[str] = ContextVar("current_request_id", default="")
current_user_id: ContextVar[str] = ContextVar("current_user_id", default="")
