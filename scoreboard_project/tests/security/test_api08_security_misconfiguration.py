"""API8:2023 Security Misconfiguration: the defaults are safe, and settings that are not stop the start or are named."""

import json

from django.test import Client

from scoreboard_project.testing.game import Game

TESTED_ELSEWHERE = [
    "scoreboard_project/tests/test_checks.py::test_it_finds",
    "scoreboard_project/tests/test_checks.py::test_it_finds_the_development_secret",
    "scoreboard_project/tests/test_cookies.py::test_both_are_closed_to_scripts_and_to_other_sites",
    "scoreboard_project/tests/test_cors.py::test_it_is_closed_by_default",
    "scoreboard_project/tests/gateway/test_routing.py::test_what_is_for_operators_is_not_for_everyone",
    "scoreboard_project/tests/test_deploy_files.py::test_secrets_come_from_files_alone",
    "scoreboard_project/tests/security/test_headers.py::test_no_page_runs_a_script_that_is_not_a_file_of_ours",
    "scoreboard_project/tests/security/test_headers.py::test_no_answer_names_the_software_behind_it",
    "live/tests/test_origin.py::test_any_other_origin_is_refused",
]


def test_every_answer_forbids_to_guess_its_type_and_to_frame_it(game: Game) -> None:
    for path in ("/", "/admin/login/", "/api/v1/scoreboard", "/api/v1/docs", "/api/v1/nothing", "/nothing"):
        headers = game.send("GET", path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"


def test_an_error_shows_nothing_of_the_inside(game: Game) -> None:
    for path in ("/api/v1/nothing", "/nothing", "/static/../settings.py", "/.env", "/.git/config"):
        answer = game.send("GET", path)
        assert answer.status == 404
        assert not [word for word in (b"Traceback", b"django", b"/home/", b"File ") if word in answer.content]


def test_what_a_client_sends_comes_back_as_json_alone(scoreboard: None) -> None:
    nasty = "<script>alert(1)</script>"
    answer = Client().get("/api/v1/scoreboard", {"limit": nasty})
    assert answer.headers["Content-Type"] == "application/json"
    assert json.loads(answer.content)["success"] is False
