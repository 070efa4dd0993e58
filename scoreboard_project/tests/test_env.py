"""The readers of environment variables refuse invalid values and name the variable."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from scoreboard_project.env import (
    read_bool,
    read_choice,
    read_directory,
    read_float,
    read_int,
    read_list,
    read_rsa_key,
    read_secret,
    read_str,
)
from scoreboard_project.testing.rsa_keys import private_pem, public_pem, rsa_key

NAME = "SCOREBOARD_TEST_VARIABLE"
read_port = partial(read_int, default=80, minimum=1, maximum=65_535)
read_seconds = partial(read_float, default=2.0, minimum=0.1, maximum=60)
read_level = partial(read_choice, default="info", choices=("debug", "info"))
read_switch = partial(read_bool, default=True)


@pytest.fixture
def variable(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    return partial(monkeypatch.setenv, NAME)


@pytest.mark.parametrize(
    ("read", "text", "expected"),
    [
        (read_str, " text ", "text"),
        (read_str, "  ", ""),
        (read_port, "8000", 8000),
        (read_port, " 1 ", 1),
        (read_port, "", 80),
        (read_seconds, "0.5", 0.5),
        (read_seconds, "6e1", 60.0),
        (read_seconds, "", 2.0),
        (read_switch, "Yes", True),
        (read_switch, "0", False),
        (read_switch, "OFF", False),
        (read_switch, "", True),
        (read_level, "DEBUG", "debug"),
        (read_list, "a, b ,,c", ["a", "b", "c"]),
        (read_list, "", []),
    ],
)
def test_it_reads(variable: Callable[[str], None], read: Callable[[str], Any], text: str, expected: Any) -> None:
    variable(text)

    assert read(NAME) == expected


@pytest.mark.parametrize(
    ("read", "text"),
    [
        *((read_port, text) for text in ("0", "65536", "-1", "--5", "1.0", "1e3", "٣", "²", "1_000", "9" * 5000, "x")),
        *((read_seconds, text) for text in ("0", "61", "nan", "inf", "-inf", "1_0", "٣", "1e999", "0x1", "x", "1.")),
        *((read_switch, text) for text in ("2", "y", "enabled", "None")),
        *((read_level, text) for text in ("warn", "debug,info")),
    ],
)
def test_it_refuses_junk_by_name(variable: Callable[[str], None], read: Callable[[str], Any], text: str) -> None:
    variable(text)

    with pytest.raises(ImproperlyConfigured, match=NAME):
        read(NAME)


def test_a_secret_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "a secret"
    path.write_text("s3cret\n")
    monkeypatch.setenv(f"{NAME}_FILE", str(path))

    assert read_secret(NAME, "default") == "s3cret"


def test_a_secret_stands_in_one_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(NAME, "s3cret")
    monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "a secret"))

    with pytest.raises(ImproperlyConfigured, match=f"{NAME} or {NAME}_FILE"):
        read_secret(NAME)


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff\xfe"])
def test_a_secret_file_without_a_secret_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv(f"{NAME}_FILE", str(path))

    with pytest.raises(ImproperlyConfigured, match=f"{NAME}_FILE"):
        read_secret(NAME)


def test_a_secret_file_may_not_be_a_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path))

    with pytest.raises(ImproperlyConfigured, match=f"{NAME}_FILE"):
        read_secret(NAME)


def test_a_secret_in_place_of_its_files_path_is_not_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{NAME}_FILE", "postgresql://ana:s3cret@db/scores")

    with pytest.raises(ImproperlyConfigured) as caught:
        read_secret(NAME)

    assert "s3cret" not in str(caught.value)


def test_it_reads_rsa_keys_also_on_one_line(variable: Callable[[str], None]) -> None:
    for kind, pem in (("private", private_pem(rsa_key("own"))), ("public", public_pem(rsa_key("own")))):
        for text in (pem.strip(), pem.strip().replace("\n", "\\n")):
            variable(text)
            assert read_rsa_key(NAME, kind) == text


def test_it_refuses_what_is_not_an_rsa_key_of_that_kind(variable: Callable[[str], None]) -> None:
    for kind, text in (("private", "s3cret"), ("private", public_pem(rsa_key("own"))), ("public", "s3cret")):
        variable(text)
        with pytest.raises(ImproperlyConfigured, match=f"{NAME} must be an unencrypted RSA {kind} key") as caught:
            read_rsa_key(NAME, kind)
        assert "s3cret" not in str(caught.value)


def test_a_directory_is_not_a_file(variable: Callable[[str], None], tmp_path: Path) -> None:
    variable(str(tmp_path / "later"))
    assert read_directory(NAME) == str(tmp_path / "later")
    with pytest.raises(ImproperlyConfigured, match=f"{NAME} must be an existing, writable directory"):
        read_directory(NAME, must_be_writable=True)

    variable(__file__)
    with pytest.raises(ImproperlyConfigured, match=f"{NAME} must be a directory"):
        read_directory(NAME)
