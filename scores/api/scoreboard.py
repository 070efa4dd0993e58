"""`GET /scoreboard`: a page of the board."""

from typing import Annotated, ClassVar, Self

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse
from msgspec import UNSET, Meta, UnsetType
from rest_framework.request import Request

from leaderboard.board_keys import MAX_BOARD_LIMIT
from scoreboard_project.api.calls import Call, Reply
from scoreboard_project.api.endpoint_view import EndpointView
from scoreboard_project.api.envelope import success
from scoreboard_project.api.json_codec import encode_json
from scoreboard_project.api.openapi.description import (
    describe,
    query_parameter,
    request_header,
    response_header,
    success_response,
)
from scoreboard_project.api.paging import Pagination, Paging
from scoreboard_project.api.shapes import Moment, Shape
from scoreboard_project.runtime.flows.flow import Flow
from scores.api.encoded_page import EncodedPage
from scores.api.leaderboard_entry import EXAMPLE_ENTRY, EXAMPLE_MOMENT, LeaderboardEntry
from scores.selectors.boards import BoardPage, read_board_page

PAGING = Paging.of(default_limit=10, max_limit=MAX_BOARD_LIMIT)


class ScoreboardOutput(Shape):
    """A page of the board, best score first. Among equal scores, the first user to reach the score is ahead."""

    leaderboard: list[LeaderboardEntry]
    pagination: Pagination
    last_refresh: Annotated[Moment, Meta(description="When this page was read.")]
    stale: Annotated[bool, Meta(description="PostgreSQL cannot answer: this was read before.")] | UnsetType = UNSET
    stale_seconds: Annotated[int, Meta(ge=0, description="How long ago the board was the newest.")] | UnsetType = UNSET

    @classmethod
    def of(cls, page: BoardPage) -> Self:
        return cls(
            [LeaderboardEntry.of(rank, row) for rank, row in enumerate(page.rows, start=page.offset + 1)],
            Pagination.of(limit=page.limit, offset=page.offset, total=page.total),
            page.refreshed_at,
            UNSET if page.stale_seconds is None else True,
            UNSET if page.stale_seconds is None else page.stale_seconds,
        )


EXAMPLE = ScoreboardOutput(
    [EXAMPLE_ENTRY], Pagination.of(limit=PAGING.limit.default, offset=0, total=50_000), EXAMPLE_MOMENT
)


def get_scoreboard(call: Call) -> Flow[Reply]:
    """A page of the board, with ETag and gzip."""
    limit, offset = PAGING.of_call(call)
    page = yield from read_board_page(limit=limit, offset=offset)
    return encoded_page(page).reply(call)


class ScoreboardView(EndpointView):
    endpoints: ClassVar = {"GET": get_scoreboard}

    @describe(
        operation_id="getScoreboard",
        summary="Get the scoreboard",
        tags=["scoreboard"],
        parameters=[
            query_parameter(PAGING.limit),
            query_parameter(PAGING.offset),
            request_header("If-None-Match", "An earlier ETag: 304 if the page has not changed.", {"type": "string"}),
            response_header("ETag", "Identifies this version, for `If-None-Match`.", {"type": "string"}, 200, 304),
        ],
        responses={
            200: success_response("ScoreboardResponse", "A page of the board", EXAMPLE),
            304: OpenApiResponse(description="The page has not changed"),
        },
        errors=[PAGING.limit.error()],
    )
    def get(self, request: Request) -> HttpResponse:
        return self.reply(request)


def encoded_page(page: BoardPage) -> EncodedPage:
    """The encoded page, shared by all readers of the same version of the board."""
    if page.board is None:
        return _encode(page)
    return page.board.rendered((page.limit, page.offset, page.total), lambda: _encode(page))


def _encode(page: BoardPage) -> EncodedPage:
    return EncodedPage(encode_json(success(ScoreboardOutput.of(page))))
