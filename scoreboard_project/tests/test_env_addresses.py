"""Addresses in environment variables mean what they say, or are refused without their passwords."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from scoreboard_project.env_addresses import read_hosts, read_http_url, read_networks, read_origins, read_redis_url

NAME = "SCOREBOARD_TEST_VARIABLE"
read_redis = partial(read_redis_url, default="redis://127.0.0.1:6379/0")


@pytest.mark.parametrize(
    "url",
    [
        "redis://redis.example",
        "redis://ana:p%23%2F@redis_1:6379/15?health_check_interval=5",
        "redis://:p@ss@redis.example/0",
        "rediss://[2001:db8::1]:6380/0?ssl_cert_reqs=none",
        "unix:///run/a%20b/valkey.sock?db=1",
        "unix://ana:pass@/run/valkey.sock",
        "redis+sentinel://:p%40ss@s1:26379,[2001:db8::1]:26379/primary/0",
        "rediss+cluster://ana:pass@n1:6379,n2:6380",
    ],
)
def test_it_reads_redis_addresses(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv(NAME, url)

    assert read_redis(NAME) == url


@pytest.mark.parametrize(
    ("read", "text", "expected"),
    [
        (read_redis, "", "redis://127.0.0.1:6379/0"),
        (read_http_url, "", ""),
        (read_http_url, "https://issuer.example:8443/a?b=c", "https://issuer.example:8443/a?b=c"),
        (read_http_url, "http://[::1]/keys", "http://[::1]/keys"),
        (read_networks, "10.0.0.1, 192.0.2.0/24,::1", ["10.0.0.1", "192.0.2.0/24", "::1"]),
        (read_networks, "unix,10.0.0.1", ["unix", "10.0.0.1"]),
        (read_hosts, "a.example,.b.example,192.0.2.1,[::1],*", ["a.example", ".b.example", "192.0.2.1", "[::1]", "*"]),
        (read_origins, "https://A.example/,http://*.b.example:81", ["https://a.example", "http://*.b.example:81"]),
    ],
)
def test_it_reads(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[str], Any], text: str, expected: str | list[str]
) -> None:
    monkeypatch.setenv(NAME, text)

    assert read(NAME) == expected


@pytest.mark.parametrize(
    ("read", "text"),
    [
        *(
            (read_redis, f"redis://{rest}")
            for rest in (
                *(":secret#1@h:6379/0", ":secret/1@h:6379/0", "u:1/secret@h", "u:1?secret@h", ":1/secret@h", "h#0"),
                *("", ":6379", "/0", "h:port", "h:0", "h:70000", "h/x", "h/0/1", "h/-1", "h/4294967296", "h?db=x"),
                *("h?db=-1", "h?colour=red", "h?socket_timeout=soon", "a,b/0", "a b/0", "[::g]/0"),
            )
        ),
        *(
            (read_redis, text)
            for text in ("valkey://h", "valkeys://h", "h:6379", "http://h", "unix://run/x", "unix://")
        ),
        *(
            (read_redis, f"redis+sentinel://{rest}")
            for rest in ("s1:1", "s1/a", "s1:1,s2/a", "s1:1,s2:x/a", "s1:1/a/x")
        ),
        *((read_redis, f"redis+cluster://{rest}") for rest in ("n1", "n1:1/3", "n1:1,,n2:1", "n 1:1", "n1:1/0?x=y")),
        *(
            (read_http_url, text)
            for text in ("notaurl", "ftp://a", "https://", "https:///a", "https://a:b/", "https://a b")
        ),
        *((read_http_url, text) for text in ("https://u:secret@a/", "https://a/#b", "//a", "https://a_-/")),
        *((read_networks, text) for text in ("*", "gateway", "10.0.0.1:80", "10.0.0.0/33", "10.0.0.1 10.0.0.2")),
        *(
            (read_hosts, text)
            for text in ("https://a", "a:80", "a/b", "::1", "*.a", "a_b", "a.", "u:secret@a", "ä.example")
        ),
        *(
            (read_origins, text)
            for text in ("a.example", "*", "https://a/b", "https://a:99999", "https://u:secret@a", "null")
        ),
    ],
)
def test_it_refuses_junk_by_name_without_the_password(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[str], Any], text: str
) -> None:
    monkeypatch.setenv(NAME, text)

    with pytest.raises(ImproperlyConfigured, match=NAME) as caught:
        read(NAME)

    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)
