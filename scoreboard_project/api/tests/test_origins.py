"""Origins of pages and packaged apps: which entries of the list are taken, and what they match."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from scoreboard_project.api.origins import Origins, is_own_page, normal_origin, own_origins, read_origin
from scoreboard_project.env_addresses import read_origins

TAKEN = {
    "https://game.example": "https://game.example",
    " HTTPS://Game.Example:443/ ": "https://game.example",
    "http://game.example:80": "http://game.example",
    "https://game.example:80": "https://game.example:80",
    "http://localhost": "http://localhost",
    "http://localhost:5173": "http://localhost:5173",
    "http://127.0.0.1:3000": "http://127.0.0.1:3000",
    "http://[0:0:0:0:0:0:0:1]:3000": "http://[::1]:3000",
    "https://*.game.example": "https://*.game.example",
    "http://*.localhost:5173": "http://*.localhost:5173",
    "https://xn--bcher-kva.example": "https://xn--bcher-kva.example",
    "capacitor://localhost": "capacitor://localhost",
    "ionic://localhost": "ionic://localhost",
    "tauri://localhost/": "tauri://localhost",
    "app://.": "app://.",
    "chrome-extension://abcdefghijklmnop": "chrome-extension://abcdefghijklmnop",
    "file://": "file://",
}
REFUSED = {
    "*": "https://*.game.example",
    "null": "https://game.example",
    "game.example": "https://game.example",
    "//game.example": "https://game.example",
    "localhost:3000": "http://localhost:3000",
    "https:game.example": "https://game.example",
    "https://game.example/play": "https://game.example",
    "https://game.example?x=1": "https://game.example",
    "https://game.example#top": "https://game.example",
    "https://me@game.example": "https://game.example",
    "https://game.example;https://other.example": "https://game.example",
    "wss://game.example": "https://game.example",
    "ws://localhost:3000": "http://localhost:3000",
    "http://localhost:*": "http://localhost:5173",
    "https://game.example:99999": "https://game.example",
    "https://game.example:0": "https://game.example",
    "https://*": "https://*.game.example",
    "https://*.com": "https://*.game.example",
    "https://ga*.example": "https://*.game.example",
    "https://a.*.example": "https://*.game.example",
    "https://bücher.example": "https://xn--bcher-kva.example",
    "https://a..example": "https://game.example",
    "https://999.1.1.1": "https://game.example",
    "https://[::g]": "https://game.example",
    "capacitor://*": "capacitor://localhost",
    "capacitor://localhost/app": "capacitor://localhost",
    "https://": "https://game.example",
    "'https://game.example'": "https://game.example",
}


@pytest.mark.parametrize(("entry", "origin"), TAKEN.items())
def test_an_entry_is_kept_as_browsers_send_it(entry: str, origin: str) -> None:
    assert read_origin(entry) == origin


@pytest.mark.parametrize("origin", [entry for entry in TAKEN.values() if "*" not in entry])
def test_an_entry_matches_itself(origin: str) -> None:
    assert origin in Origins.of([origin])
    assert origin not in Origins.of(["https://another.example"])


@pytest.mark.parametrize(("entry", "right"), REFUSED.items())
def test_an_entry_that_can_never_match_is_refused_with_a_right_value(entry: str, right: str) -> None:
    with pytest.raises(ValueError, match="Write ") as refused:
        read_origin(entry)
    assert repr(entry) in str(refused.value) or "@" in entry
    assert str(refused.value).endswith(f"Write {right}")
    assert read_origin(right) == right


def test_a_refused_entry_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ALLOWED_ORIGINS", "https://game.example, other.example")
    with pytest.raises(
        ImproperlyConfigured, match=r"^CORS_ALLOWED_ORIGINS has a bad value: 'other.example' .* https://other.example.$"
    ):
        read_origins("CORS_ALLOWED_ORIGINS")


@pytest.mark.parametrize("origin", ["https://a.game.example", "https://a.b.game.example", "https://A.Game.example:443"])
def test_a_star_stands_for_every_subdomain(origin: str) -> None:
    assert origin in Origins.of(["https://*.game.example"])


@pytest.mark.parametrize(
    "origin",
    [
        "https://game.example",
        "https://evilgame.example",
        "http://a.game.example",
        "https://a.game.example:8443",
        "https://evil.example/.game.example",
        "https://evil.example#.game.example",
        "https://a.game.example.evil.example",
        "https://evil.example\\.game.example",
        "https://evil.example:1@a.game.example",
        "https://evil.example\n.game.example",
    ],
)
def test_a_star_stands_for_nothing_else(origin: str) -> None:
    assert origin not in Origins.of(["https://*.game.example"])


@pytest.mark.parametrize("text", ["null", "", "x", "https://", "https://a b", "http://[", "https://a/b", "*", "é"])
def test_what_is_not_an_origin_matches_nothing(text: str) -> None:
    assert normal_origin(text) is None
    assert text not in Origins.of(["https://*.game.example", "file://"])


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://game.example", "game.example:443"),
        ("https://game.example:443", "game.example"),
        ("http://game.example", "game.example:80"),
        ("http://game.example:80", "Game.Example"),
        # TLS ended before a proxy that adds its own port.
        ("https://game.example", "game.example:80"),
        ("http://[::1]:8000", "[::1]:8000"),
    ],
)
def test_a_default_port_does_not_make_another_host(origin: str, host: str) -> None:
    assert is_own_page(origin, host)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://game.example", "game.example:8443"),
        ("https://game.example:80", "game.example"),
        ("https://game.example:8443", "game.example"),
        ("capacitor://localhost", "localhost"),
        ("null", "null"),
        ("null", ""),
        ("file://", ""),
    ],
)
def test_another_port_or_scheme_does(origin: str, host: str) -> None:
    assert not is_own_page(origin, host)


def test_our_own_pages_are_those_of_the_allowed_hosts() -> None:
    assert own_origins(["board.example", "*"], has_tls=True) == ["https://board.example"]
    assert own_origins(["localhost"], has_tls=False) == ["https://localhost", "http://localhost"]
    assert own_origins([".example"], has_tls=True) == ["https://example", "https://*.example"]


@pytest.mark.parametrize(("origin", "status"), [("https://localhost", 200), ("https://evil.example", 403)])
def test_a_default_port_does_not_refuse_the_admins_own_form(scoreboard: None, origin: str, status: int) -> None:
    browser = Client(enforce_csrf_checks=True)
    page = browser.get("/admin/login/", secure=True, headers={"Host": "localhost:443"})
    form = {"username": "nobody", "password": "x", "csrfmiddlewaretoken": page.context["csrf_token"]}
    sent = {"Host": "localhost:443", "Origin": origin, "Referer": f"{origin}/admin/login/"}
    assert browser.post("/admin/login/", form, secure=True, headers=sent).status_code == status
