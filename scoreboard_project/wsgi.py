"""Django's application: it answers whatever asgi.py does not answer itself. Importing this module starts nothing."""

from django.core.wsgi import get_wsgi_application

from scoreboard_project.start import set_up_server

set_up_server()
django_application = get_wsgi_application()

# The lines above set Django up. Only then can the apps' own modules be imported.
from django.conf import settings  # noqa: E402

from scoreboard_project.serving.base_path import WsgiBelow  # noqa: E402
from scoreboard_project.serving.body_length import Application, BodyLength  # noqa: E402

application: Application = BodyLength(django_application, max_bytes=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
if settings.BASE_PATH:
    application = WsgiBelow(application, settings.BASE_PATH)
