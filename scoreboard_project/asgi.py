"""The one-port process: websockets go to Channels, all else to the WSGI application through a thread bridge.

Django's own ASGI handler is several times slower for the same views.
"""

from a2wsgi import WSGIMiddleware
from channels.routing import ProtocolTypeRouter
from django.conf import settings

from scoreboard_project.wsgi import application as wsgi_application

# The import above sets Django up. Only then can the apps' own modules be imported.
from live.sockets.graceful_stop import Lifespan  # isort: skip
from live.sockets.routing import websocket_application  # isort: skip

application = ProtocolTypeRouter(
    {
        "http": WSGIMiddleware(wsgi_application, workers=settings.HTTP_THREADS),
        "websocket": websocket_application,
        "lifespan": Lifespan(),
    }
)
