"""Serves the OpenAPI description, and a page to try the API."""

from functools import cache

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerView
from rest_framework.request import Request
from rest_framework.views import APIView

from scoreboard_project.api.json_codec import JsonRenderer

MEDIA_TYPES = {"json": "application/json", "yaml": "application/yaml"}


class SchemaView(APIView):
    """OpenAPI 3.1: JSON, or YAML when `?format=yaml` or the Accept header asks for it."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        wanted = "yaml" if _asks_for_yaml(request) else "json"
        return HttpResponse(_encoded_schema(wanted), content_type=MEDIA_TYPES[wanted], headers={"Vary": "Accept"})


class DocsView(SpectacularSwaggerView):
    """Swagger UI from our own static files. The page loads nothing from other hosts."""

    # This makes errors use the envelope. The page itself bypasses DRF's renderers.
    renderer_classes = [JsonRenderer]  # noqa: RUF012 - as the base class declares it

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        page = super().get(request)  # type: ignore[no-untyped-call]
        plain: HttpRequest = request._request
        return TemplateResponse(plain, self.template_name, page.data, headers=dict(page.headers))


def _asks_for_yaml(request: Request) -> bool:
    return request.GET.get("format") == "yaml" or "yaml" in request.headers.get("Accept", "").lower()


@cache
def _encoded_schema(wanted: str) -> bytes:
    """Generated once per process: it depends only on the code, and generating it takes a tenth of a second."""
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    renderer = OpenApiYamlRenderer() if wanted == "yaml" else OpenApiJsonRenderer()
    encoded: bytes = renderer.render(schema, renderer_context={})
    return encoded
