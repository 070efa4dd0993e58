"""The API process: WSGI, served by granian."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scoreboard_project.settings")

application = get_wsgi_application()

# Django must be set up before the applications' own modules may be imported.
from scores.reconcile_loop import start_reconciling  # noqa: E402

start_reconciling()
