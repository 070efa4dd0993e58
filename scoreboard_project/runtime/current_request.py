"""The request at hand: its id and its user, for every log line written meanwhile. Empty outside a request."""

from contextvars import ContextVar

current_request_id: ContextVar[str] = ContextVar("current_request_id", default="")
current_user_id: ContextVar[str] = ContextVar("current_user_id", default="")
