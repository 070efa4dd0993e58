"""The one-port process: websockets go to Channels, probes to probes.py, all else to the WSGI application.

The WSGI application runs in a thread bridge: Django's own ASGI handler is several times slower for the same views.
"""

from typing import Any

from a2wsgi import WSGIMiddleware
from channels.routing import ProtocolTypeRouter
from django.conf import settings

from scoreboard_project.wsgi import application as wsgi_application

# The import above sets Django up. Only then can the apps' own modules be imported.
from live.sockets.graceful_stop import Lifespan  # isort: skip
from live.sockets.routing import websocket_application  # isort: skip
from scoreboard_project.api.base_path import AsgiApplication, AsgiBelow  # isort: skip
from scoreboard_project.fast_path import FastPath  # isort: skip
from scoreboard_project.probes import AskedAtStart, Probes  # isort: skip

# a2wsgi has ASGI types of its own.
bridge: Any = WSGIMiddleware(wsgi_application, workers=settings.HTTP_THREADS)
application: AsgiApplication = ProtocolTypeRouter(
    {
        "http": Probes(FastPath(bridge)),
        "websocket": websocket_application,
        "lifespan": AskedAtStart(Lifespan()),
    }
)
if settings.BASE_PATH:
    application = AsgiBelow(application, settings.BASE_PATH)
