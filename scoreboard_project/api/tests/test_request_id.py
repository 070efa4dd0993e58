"""The request id and the one log line per request: every response has the id, and the line never has a secret."""

import json
import re
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from scoreboard_project.api.request_id import RequestIdMiddleware, new_request_id, request_seconds
from scoreboard_project.runtime.current_request import current_request_id, current_user_id

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


def ask(path: str = "/api/v1/nothing-is-here", **headers: str) -> Any:
    return Client().get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


def test_it_generates_one_of_the_documented_form() -> None:
    assert re.fullmatch(rf"api_[0-9]{{13}}_{UUID}", ask().headers["X-Request-ID"])
    assert new_request_id() != new_request_id()


@pytest.mark.parametrize("request_id", ["a", "a" * 128, "req_abc123:1642234567890", "A.b-C_9"])
def test_it_echoes_a_well_formed_one(request_id: str) -> None:
    assert ask(x_request_id=request_id).headers["X-Request-ID"] == request_id


@pytest.mark.parametrize("request_id", ["", " ", "a" * 129, "a b", "a,b", "é", "a\x00", "<script>", "a/b", "\u0661"])
def test_it_refuses_a_malformed_one_with_a_well_formed_id(request_id: str) -> None:
    answer = ask(x_request_id=request_id)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "INVALID_REQUEST")
    assert answer.headers["X-Request-ID"].startswith("api_")


def test_a_page_for_people_replaces_a_malformed_one() -> None:
    answer = ask("/nothing-is-here", x_request_id="a b")

    assert answer.status_code == 404
    assert answer.headers["X-Request-ID"].startswith("api_")


def test_the_log_line_tells_all_but_the_query(capture_log: list[str], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", logger="scoreboard.request"):
        ask("/api/v1/nothing-is-here?token=secret", x_request_id="request-1", authorization="Bearer secret")

    (line,) = capture_log
    fields = json.loads(line)
    assert fields["requestId"] == "request-1"
    assert (fields["method"], fields["path"], fields["status"]) == ("GET", "/api/v1/nothing-is-here", 404)
    assert fields["milliseconds"] >= 0
    assert "secret" not in line


def test_made_up_methods_are_one_series_and_a_short_word_in_the_log(
    capture_log: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    before = methods()
    with caplog.at_level("INFO", logger="scoreboard.request"):
        for number in range(50):
            Client().generic(f"{'X' * 100}{number}", "/api/v1/nothing-is-here")

    assert methods() <= {*before, "other"}
    assert json.loads(capture_log[0])["method"] == "X" * 32


def methods() -> set[str]:
    """Every value of the label."""
    (found,) = request_seconds.collect()
    return {sample.labels["method"] for sample in found.samples}


def test_a_probe_leaves_no_line(capture_log: list[str], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", logger="scoreboard.request"):
        ask("/healthz")

    assert capture_log == []


def test_nothing_of_one_request_is_left_for_the_next() -> None:
    def view(request: Any) -> HttpResponse:
        current_user_id.set("ana")
        assert current_request_id.get() == "request-1"
        return HttpResponse()

    before = current_request_id.get(), current_user_id.get()
    RequestIdMiddleware(view)(RequestFactory().get("/", headers={"X-Request-ID": "request-1"}))

    assert (current_request_id.get(), current_user_id.get()) == before
