"""Serves the OpenAPI description, and a page to try the API."""

import asyncio
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.request import Request

from scoreboard_project.api.calls import Call, Reply
from scoreboard_project.api.endpoint_view import EndpointView
from scoreboard_project.api.json_codec import JsonRenderer
from scoreboard_project.runtime.flows.flow import Flow, Question

MEDIA_TYPES = {"json": b"application/json", "yaml": b"application/yaml"}


@dataclass(frozen=True, slots=True)
class EncodedSchema(Question[bytes]):
    """The document as `json` or `yaml`. The first time takes a tenth of a second, which an event loop cannot spare."""

    wanted: str

    def ask(self) -> bytes:
        return _encoded_schema(self.wanted)

    async def ask_in_loop(self) -> bytes:
        return await asyncio.to_thread(_encoded_schema, self.wanted)


_known: dict[str, Reply] = {}


def get_schema(call: Call) -> Flow[Reply]:
    """OpenAPI 3.1: JSON, or YAML when `?format=yaml` or the Accept header asks for it."""
    wanted = "yaml" if _asks_for_yaml(call) else "json"
    if wanted not in _known:
        schema = yield from EncodedSchema(wanted)
        _known[wanted] = Reply(200, schema, ((b"content-type", MEDIA_TYPES[wanted]), (b"vary", b"Accept")))
    return _known[wanted]


# Swagger UI writes styles into its page, and shows pictures that it carries.
DOCS_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)


class SchemaView(EndpointView):
    endpoints: ClassVar = {"GET": get_schema}

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        return self.reply(request)


class DocsView(SpectacularSwaggerSplitView):
    """Swagger UI from our own static files. The page loads nothing from other hosts, and its script is a file too."""

    # This makes errors use the envelope. The page itself bypasses DRF's renderers.
    renderer_classes = [JsonRenderer]  # noqa: RUF012 - as the base class declares it

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        page = super().get(request)  # type: ignore[no-untyped-call]
        plain: HttpRequest = request._request
        # For `?script=` the base class answers the script of the page.
        kind = page.content_type or page.headers["Content-Type"]
        headers = {**page.headers, "Content-Type": kind, "Content-Security-Policy": DOCS_POLICY}
        return TemplateResponse(plain, page.template_name, page.data, headers=headers)


def _asks_for_yaml(call: Call) -> bool:
    return call.query.get("format") == "yaml" or "yaml" in call.headers.get("accept", "").lower()


@cache
def _encoded_schema(wanted: str) -> bytes:
    """Generated once per process: it depends only on the code, and generating it takes a tenth of a second."""
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    renderer = OpenApiYamlRenderer() if wanted == "yaml" else OpenApiJsonRenderer()
    encoded: bytes = renderer.render(schema, renderer_context={})
    return encoded
