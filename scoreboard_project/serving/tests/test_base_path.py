"""The whole server below a path: behind nginx that passes the path on, cuts it off, or is the deployment's own."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from playwright.sync_api import expect
from pytest_django.plugin import DjangoDbBlocker
from websockets.sync.client import connect

from scoreboard_project.serving.base_path import below, read_path
from scoreboard_project.testing.browser import OpenPage
from scoreboard_project.testing.cast import ANA
from scoreboard_project.testing.servers.api_server import ROOT
from scoreboard_project.testing.servers.nginx import Gateway, Nginx, replaced
from scoreboard_project.testing.servers.one_port import running_one_port
from scoreboard_project.testing.threads import in_threads
from scoreboard_project.testing.tools import program

SB = "/sb"
NGINX = """
error_log stderr emerg;
pid nginx.pid;
events {{ }}
http {{
    access_log off;
    map $http_upgrade $connection_upgrade {{ default upgrade; "" ""; }}
    server {{ listen 8080; {location} }}
}}
"""


def documented_location() -> str:
    found = re.search(r"```nginx\n(location /sb/ .*?)```", (ROOT / "docs" / "deploy.md").read_text(), re.DOTALL)
    assert found
    return found[1]


def gateways(directory: Path, port: int) -> Iterator[Nginx]:
    passes_on = replaced(documented_location(), {"127.0.0.1:8000": f"127.0.0.1:{port}"})
    cuts_off = replaced(passes_on, {f"{port};": f"{port}/;"})
    # The clients of these tests come by plain HTTP.
    deployed = {"nginx.conf": {"# rewrite": "rewrite", "include only-https.conf;": ""}}
    for name in ("passes-on", "cuts-off", "deployed"):
        (directory / name).mkdir()
    yield Nginx.with_text(directory / "passes-on", NGINX.format(location=passes_on), path=SB)
    yield Nginx.with_text(directory / "cuts-off", NGINX.format(location=cuts_off), path=SB)
    yield Gateway(directory / "deployed", api=[port], live=[port], changes=deployed, path=SB)


@pytest.fixture(scope="module")
def all_gateways(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Nginx]]:
    """Three of them in front of one server."""
    directory = tmp_path_factory.mktemp("sub-path")
    environment = {"SCOREBOARD_BASE_PATH": SB, "RECONCILE_SECONDS": "0", "TRUSTED_PROXIES": "127.0.0.1"}
    with ExitStack() as running, django_db_blocker.unblock():
        server = running.enter_context(running_one_port(directory / "log", **environment))
        found = list(gateways(directory, server.port))
        for gateway in found:
            running.enter_context(gateway.running())
        yield found


@pytest.fixture(params=[0, 1, 2], ids=["passes on", "cuts off", "deployed"])
def gateway(all_gateways: list[Nginx], scoreboard: None, request: pytest.FixtureRequest) -> Nginx:
    number: int = request.param
    return all_gateways[number]


PYTHON_GAME = """
import sys
from scoreboard_client import Scoreboard
with Scoreboard(sys.argv[1], token=sys.argv[2]) as scoreboard, scoreboard.live() as boards:
    assert next(boards).leaderboard == ()
    assert scoreboard.update("LEVEL_COMPLETE").new_score == 150
    assert next(boards).leaderboard[0].user_id == "ana"
    assert scoreboard.board().leaderboard[0].user_id == "ana"
"""


def test_the_python_client_takes_the_whole_address(gateway: Nginx) -> None:
    token = ANA.bearer()["Authorization"].removeprefix("Bearer ")
    source = {"PYTHONPATH": str(ROOT / "clients" / "python" / "src")}
    command = [sys.executable, "-c", PYTHON_GAME, gateway.address, token]
    subprocess.run(command, env={**os.environ, **source}, check=True)


def test_the_javascript_client_takes_the_whole_address(gateway: Nginx) -> None:
    ANA.act()
    done = subprocess.run(
        [
            program("node", "nodejs"),
            "--experimental-websocket",
            "--test",
            "--test-name-pattern=a real",
            "test/",
        ],
        cwd=ROOT / "clients" / "javascript",
        env={**os.environ, "SCOREBOARD_URL": gateway.address},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 0, done.stdout
    assert re.search(r"^ok \d+ - it watches a real scoreboard$", done.stdout, re.MULTILINE)


def test_a_ticket_opens_a_socket(gateway: Nginx) -> None:
    ticket = httpx.post(f"{gateway.address}/api/v1/live/ticket", headers=ANA.bearer()).json()["data"]["ticket"]
    live = f"{gateway.address.replace('http', 'ws')}/ws/v1/scoreboard/live?ticket={ticket}"
    with connect(live) as socket:
        socket.send('{"type": "ping"}')
        assert socket.recv(5) == '{"type":"pong"}'


def test_the_pages_are_live_and_link_to_each_other(gateway: Nginx, open_page: OpenPage, complaints: list[str]) -> None:
    in_threads(lambda player: player.act(), [ANA], threads=1)
    page = open_page(f"{gateway.address}/")
    page.wait_for_selector("[data-connection][data-state=live]")
    page.locator(".row .player a").click()
    page.wait_for_selector("[data-connection][data-state=live]")
    expect(page).to_have_url(f"{gateway.address}/players/ana")
    in_threads(lambda player: player.act("BOSS_DEFEAT"), [ANA], threads=1)
    expect(page.locator("dd[data-score]")).to_have_text("1,150", timeout=6_000)
    page.locator(".back a").click()
    expect(page).to_have_url(f"{gateway.address}/")
    page.wait_for_selector("[data-connection][data-state=live]")
    expect(page.locator(".row .player a")).to_have_attribute("href", f"{SB}/players/ana")
    assert complaints == []


@pytest.fixture
def operator(scoreboard: None) -> Iterator[str]:
    """The name of a superuser with the password "correct horse"; gone afterwards."""
    # The server does not know the quick hasher of the tests.
    password = PBKDF2PasswordHasher().encode("correct horse", salt="salt", iterations=1)
    made = get_user_model().objects.create(
        username="base-path-operator", password=password, is_staff=True, is_superuser=True
    )
    yield made.get_username()
    made.delete()


def test_the_admin_lets_its_users_in(gateway: Nginx, operator: str) -> None:
    with httpx.Client(base_url=gateway.address, follow_redirects=True) as browser:
        login = browser.get("/admin/")
        assert login.url.path == f"{SB}/admin/login/"
        form = {"username": operator, "password": "correct horse", "next": f"{SB}/admin/"}
        token = {"csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        origin = f"{login.url.scheme}://{login.url.netloc.decode()}"
        index = browser.post("/admin/login/", data=form | token, headers={"Origin": origin})
        assert (index.status_code, index.url.path) == (200, f"{SB}/admin/")
        assert f'href="{SB}/admin/action_types/actiontype/"' in index.text
        assert f'href="{SB}/"' in index.text
        assert {cookie.path for cookie in browser.cookies.jar} == {f"{SB}/"}
        static = re.findall(r'(?:href|src)="([^"]+\.(?:css|js))"', index.text)
        assert len(static) > 3
        for path in static:
            assert path.startswith(f"{SB}/static/")
            assert httpx.get(str(index.url.join(path))).status_code == 200


def test_the_description_and_its_page_name_the_path(gateway: Nginx) -> None:
    schema = httpx.get(f"{gateway.address}/api/v1/schema").json()
    assert schema["servers"] == [{"url": SB}]
    assert "/api/v1/scoreboard" in schema["paths"]
    page = httpx.get(f"{gateway.address}/api/v1/docs").text
    scripts = [httpx.get(str(httpx.URL(gateway.address).join(path))) for path in re.findall(r'src="([^"]+)"', page)]
    assert {script.status_code for script in scripts} == {200}
    assert f"{SB}/api/v1/schema" in scripts[-1].text


def test_errors_and_probes_stay_what_they_are(gateway: Nginx) -> None:
    answer = httpx.get(f"{gateway.address}/api/v1/nothing-is-here")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")
    assert httpx.get(f"{gateway.address}/healthz").json() == {"status": "ok"}


@pytest.mark.parametrize(("text", "path"), [("", ""), ("/", ""), ("/sb", "/sb"), ("/sb/", "/sb"), ("/a/b-c", "/a/b-c")])
def test_a_path_is_kept_without_its_last_slash(text: str, path: str) -> None:
    assert read_path(text) == path


@pytest.mark.parametrize(
    "text", ["sb", "https://games.example/sb", "//sb", "/s b", "/../sb", "/sb?x", "/é", "/api", "/ws/", "/static/sb"]
)
def test_any_other_path_is_refused_with_a_right_one(text: str) -> None:
    with pytest.raises(ValueError, match="Write /s"):
        read_path(text)


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("/sb", "/"),
        ("/sb/", "/"),
        ("/sb/a", "/a"),
        ("/sb/sb/a", "/sb/a"),
        ("/sba", "/sba"),
        ("/a/sb", "/a/sb"),
        ("/", "/"),
    ],
)
def test_only_the_path_itself_is_cut_off(path: str, known: str) -> None:
    assert below(SB, path) == known
