"""The one-port process: websockets to Channels, everything else to the WSGI application through a thread bridge.

Django's own ASGI handler answers the same views at a fraction of the speed.
"""

from a2wsgi import WSGIMiddleware
from channels.routing import ProtocolTypeRouter
from django.conf import settings

from scoreboard_project.wsgi import application as wsgi_application

# Django must be set up, by the line above, before the applications' own modules may be imported.
from live.sockets.graceful_stop import Lifespan  # isort: skip
from live.sockets.routing import websocket_application  # isort: skip

application = ProtocolTypeRouter(
    {
        "http": WSGIMiddleware(wsgi_application, workers=settings.HTTP_THREADS),
        "websocket": websocket_application,
        "lifespan": Lifespan(),
    }
)
