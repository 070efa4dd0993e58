"""Secrets are created once, readable only by their owner, and only if the caller sets none."""

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from scoreboard_project.embedded.key_files import key_files


def test_it_makes_a_pair_and_a_secret_once(tmp_path: Path) -> None:
    variables = key_files(tmp_path, {})
    contents = {name: Path(path).read_bytes() for name, path in variables.items()}
    key = load_pem_private_key(contents["JWT_PRIVATE_KEY_FILE"], password=None)
    assert isinstance(key, RSAPrivateKey)
    assert key.key_size == 2048
    assert len(contents["DJANGO_SECRET_KEY_FILE"]) >= 50
    assert key_files(tmp_path, {}) == variables
    assert {name: Path(path).read_bytes() for name, path in variables.items()} == contents
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


@pytest.mark.parametrize("name", ["JWT_PRIVATE_KEY", "JWT_PUBLIC_KEY_FILE", "JWT_JWKS_URL"])
def test_it_makes_no_pair_when_the_caller_has_keys(tmp_path: Path, name: str) -> None:
    assert set(key_files(tmp_path, {name: "given"})) == {"DJANGO_SECRET_KEY_FILE"}


@pytest.mark.parametrize("name", ["DJANGO_SECRET_KEY", "DJANGO_SECRET_KEY_FILE"])
def test_it_makes_no_secret_when_the_caller_has_one(tmp_path: Path, name: str) -> None:
    assert set(key_files(tmp_path, {name: "given"})) == {"JWT_PRIVATE_KEY_FILE"}


def test_an_empty_variable_counts_as_unset(tmp_path: Path) -> None:
    assert set(key_files(tmp_path, {"DJANGO_SECRET_KEY": " "})) == {"DJANGO_SECRET_KEY_FILE", "JWT_PRIVATE_KEY_FILE"}
