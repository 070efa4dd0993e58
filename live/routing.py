"""The websocket addresses."""

from channels.routing import URLRouter
from django.urls import path

from live.consumer import LiveScoreboardConsumer
from live.refusal import refuse_unknown_address

websocket_application = URLRouter(
    [
        path("ws/v1/scoreboard/live", LiveScoreboardConsumer.as_asgi()),
        path("<path:unknown>", refuse_unknown_address),
        path("", refuse_unknown_address),
    ]
)
