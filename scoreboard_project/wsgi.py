"""The API process: WSGI, served by granian. Importing this module starts nothing."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scoreboard_project.settings")

django_application = get_wsgi_application()

# Django must be set up before the applications' own modules may be imported.
from django.conf import settings  # noqa: E402

from scoreboard_project.api.body_length import BodyLength  # noqa: E402
from scores.ranks.reconcile import start_reconciling  # noqa: E402

application = BodyLength(django_application, max_bytes=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


def start_worker() -> BodyLength:
    """For `granian --factory`, which granian calls in each worker as it starts: its only hook there."""
    start_reconciling()
    return application
