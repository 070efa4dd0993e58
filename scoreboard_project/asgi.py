"""The one-port process: websockets to Channels, everything else to the WSGI application through a thread bridge.

Django's own ASGI handler answers the same views at a fraction of the speed.
"""

from a2wsgi import WSGIMiddleware
from channels.routing import ProtocolTypeRouter, URLRouter

from scoreboard_project.settings import HTTP_THREADS
from scoreboard_project.wsgi import application as wsgi_application

application = ProtocolTypeRouter(
    {
        "http": WSGIMiddleware(wsgi_application, workers=HTTP_THREADS),
        "websocket": URLRouter([]),
    }
)
