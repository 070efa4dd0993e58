"""The websocket addresses."""

from typing import Any, cast

from channels.routing import URLRouter
from django.urls import path

from live.sockets.consumer import LiveScoreboardConsumer
from live.sockets.messages import refuse_unknown_address

# The type stubs of Django's path() accept only views; Channels passes it ASGI applications.
routes: list[Any] = [
    path("ws/v1/scoreboard/live", cast("Any", LiveScoreboardConsumer.as_asgi())),
    path("<path:unknown>", cast("Any", refuse_unknown_address)),
    path("", cast("Any", refuse_unknown_address)),
]
websocket_application = URLRouter(routes)
