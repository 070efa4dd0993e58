"""Every address of the project."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from scoreboard_project.api.openapi.views import DocsView, SchemaView
from scoreboard_project.health import healthz, readyz
from scoreboard_project.limits.credential_limit import limit_credentials
from scoreboard_project.runtime.metrics import metrics

admin.site.site_header = "Scoreboard administration"
admin.site.site_title = "Scoreboard"
admin.site.site_url = f"{settings.BASE_PATH}/"
admin.site.index_title = "Action types and scores"
admin.site.index_template = "live/admin_index.html"

urlpatterns = [
    # HealthMiddleware answers these three before routing, at the addresses given here. They are listed so that every
    # address is in a urls.py.
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    # Before the admin, which answers every address below /admin/.
    path("", include("live.urls")),
    path("admin/login/", limit_credentials(admin.site.login)),
    path("admin/", admin.site.urls),
    path("api/v1/", include("scores.urls")),
    path("api/v1/schema", SchemaView.as_view(), name="schema"),
    path("api/v1/docs", DocsView.as_view(), name="docs"),
    path("", include("scoreboard_project.tokens.urls")),
    # What people and browsers try by themselves.
    re_path("^(?:docs/?|api)$", RedirectView.as_view(pattern_name="docs")),
    re_path("^players/?$", RedirectView.as_view(pattern_name="board-page")),
    path("favicon.ico", RedirectView.as_view(url=f"{settings.STATIC_URL}live/icon.svg")),
]

handler400 = "scoreboard_project.api.exception_handler.handler400"
handler403 = "scoreboard_project.api.exception_handler.handler403"
handler404 = "scoreboard_project.api.exception_handler.handler404"
handler500 = "scoreboard_project.api.exception_handler.handler500"
