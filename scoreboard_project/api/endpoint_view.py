"""Endpoints as views of Django REST framework, which documents them and answers whatever the fast path does not."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from rest_framework.request import Request
from rest_framework.views import APIView

from scoreboard_project.api.calls import Call, Endpoint, Reply
from scoreboard_project.api.request_id import REQUEST_ID
from scoreboard_project.runtime.flows.flow import run


class EndpointView(APIView):
    """A view whose methods are endpoints: `endpoints` has them by method, and each method calls `reply`."""

    endpoints: ClassVar[Mapping[str, Endpoint]] = {}
    # For endpoints that read a body; None stands for the setting MAX_BODY_BYTES.
    max_body_bytes: ClassVar[int | None] = None

    @classmethod
    def most_body_bytes(cls) -> int:
        return settings.MAX_BODY_BYTES if cls.max_body_bytes is None else cls.max_body_bytes

    def reply(self, request: Request, **parameters: Any) -> HttpResponse:  # noqa: ANN401 - of the address
        """Raises what the endpoint raises, for EXCEPTION_HANDLER."""
        method = "GET" if request.method == "HEAD" else str(request.method)
        call = call_of(request._request, parameters, most_body_bytes=self.most_body_bytes())
        return response_of(run(self.endpoints[method](call)))

    def finalize_response(
        self,
        request: Request,
        response: Any,  # noqa: ANN401 - as DRF
        *args: Any,  # noqa: ANN401
        **kwargs: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """Without the Allow header that DRF gives to every answer: 405 and OPTIONS need it."""
        final = super().finalize_response(request, response, *args, **kwargs)
        if final.status_code != HTTPStatus.METHOD_NOT_ALLOWED and request.method != "OPTIONS":
            final.headers.pop("Allow", None)
        return final


class PlainView:
    """A view for reading at an address outside the API, such as one that a standard prescribes: no DRF, no envelope."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoints = {"GET": endpoint}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return response_of(run(self.endpoints["GET"](call_of(request, {}, most_body_bytes=0))))


def call_of(request: HttpRequest, parameters: Mapping[str, str], *, most_body_bytes: int) -> Call:
    return Call(
        method=str(request.method),
        query_string=request.META.get("QUERY_STRING", ""),
        headers={name.lower(): value for name, value in request.headers.items()},
        request_id=request.META[REQUEST_ID],
        peer=request.META.get("REMOTE_ADDR", ""),
        body=request.read(most_body_bytes + 1),
        parameters=parameters,
    )


def response_of(reply: Reply) -> HttpResponse:
    """The reply as it is, without the Content-Type that Django gives to every answer: a 304 has none."""
    response = HttpResponse(reply.body, status=reply.status)
    del response["Content-Type"]
    for name, value in reply.headers:
        response[name.decode()] = value.decode()
    return response
