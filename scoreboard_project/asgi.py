"""Every server process: games' calls go to the fast path, sockets to Channels, probes to probes.py, the rest to Django.

What goes to Django runs in threads: its own ASGI handler is several times slower for the same views.
"""

from channels.routing import ProtocolTypeRouter
from django.conf import settings

from scoreboard_project.wsgi import application as wsgi_application

# The import above sets Django up. Only then can the apps' own modules be imported.
from live.sockets.graceful_stop import Lifespan  # isort: skip
from live.sockets.routing import websocket_application  # isort: skip
from scoreboard_project.serving.base_path import AsgiApplication, AsgiBelow  # isort: skip
from scoreboard_project.serving.bridge import Bridge  # isort: skip
from scoreboard_project.serving.fast_path import FastPath  # isort: skip
from scoreboard_project.serving.game_calls import GameCalls  # isort: skip
from scoreboard_project.serving.http_protocol import OfferedCalls  # isort: skip
from scoreboard_project.serving.probes import AskedAtStart, Probes  # isort: skip

calls = GameCalls()
application: AsgiApplication = ProtocolTypeRouter(
    {
        "http": FastPath(Probes(Bridge(wsgi_application, threads=settings.HTTP_THREADS)), calls),
        "websocket": websocket_application,
        "lifespan": OfferedCalls(AskedAtStart(Lifespan()), calls),
    }
)
if settings.BASE_PATH:
    application = AsgiBelow(application, settings.BASE_PATH)
