"""Where script/server listens: HOST as people and their shells set it."""

import socket

import pytest

from scoreboard_project.embedded.failure import EmbeddedError
from scoreboard_project.launcher.listening import allowed_hosts, chosen_host, listen


@pytest.mark.parametrize(
    ("host", "option", "chosen"),
    [
        (None, None, "127.0.0.1"),
        ("", None, "127.0.0.1"),
        ("0.0.0.0", None, "0.0.0.0"),
        ("[::]", None, "::"),
        ("localhost", None, "localhost"),
        ("0.0.0.0", "127.0.0.1", "127.0.0.1"),
        ("127.0.0.1", "nonsense.invalid", "nonsense.invalid"),
    ],
)
def test_the_option_comes_before_the_variable(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    host: str | None,
    option: str | None,
    chosen: str,
) -> None:
    monkeypatch.delenv("HOST", raising=False)
    if host is not None:
        monkeypatch.setenv("HOST", host)
    assert chosen_host(option) == chosen
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("host", ["x86_64-conda-linux-gnu", "http://127.0.0.1", "a" * 300])
def test_a_variable_that_is_not_an_address_is_ignored_with_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], host: str
) -> None:
    monkeypatch.setenv("HOST", host)
    assert chosen_host(None) == "127.0.0.1"
    assert capsys.readouterr().err == (
        f"scoreboard: HOST={host!r} is not an address and is ignored. Listening on 127.0.0.1; --host chooses another.\n"
    )


@pytest.mark.parametrize("host", ["192.0.2.1", "nonsense.invalid", "a" * 300])
def test_an_address_of_another_machine_is_refused(host: str) -> None:
    with pytest.raises(EmbeddedError, match=f"Cannot listen on {host} port 0: .*HOST or --host, such as 127.0.0.1"):
        listen(host, 0)


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
def test_both_families_reach_the_unspecified_address_of_ipv6() -> None:
    with listen("::", 0) as listener:
        port = listener.getsockname()[1]
        for address in ("127.0.0.1", "::1"):
            socket.create_connection((address, port), timeout=5).close()


def test_a_development_server_for_the_network_answers_by_its_own_names() -> None:
    assert allowed_hosts("127.0.0.1") == "localhost,127.0.0.1,[::1]"
    assert allowed_hosts("192.168.1.5") == "localhost,127.0.0.1,[::1],192.168.1.5"
    assert allowed_hosts("FE80::1%eth0") == "localhost,127.0.0.1,[::1],[fe80::1]"
    everywhere = allowed_hosts("0.0.0.0").split(",")
    assert everywhere[:3] == ["localhost", "127.0.0.1", "[::1]"]
    assert f"{socket.gethostname().lower()}.local" in everywhere
