import pytest
from django.core.exceptions import ImproperlyConfigured

from scoreboard_project.env import database_from_url


def test_it_reads_every_part() -> None:
    found = database_from_url("postgresql://ana:p%40ss%2F@db.example:5433/scores?sslmode=require")

    assert (found["HOST"], found["PORT"], found["NAME"]) == ("db.example", "5433", "scores")
    assert (found["USER"], found["PASSWORD"]) == ("ana", "p@ss/")
    assert found["OPTIONS"] == {"sslmode": "require"}


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ana:p#[a?ss@db.example/scores",
        "postgresql://db1:5432,db2:5433/scores?target_session_attrs=read-write&connect_timeout=3",
        "postgresql://ana@[2001:db8::1]:5432/scores",
        "postgresql:///scores",
    ],
)
def test_it_reads_what_libpq_reads(url: str) -> None:
    assert database_from_url(url)["NAME"] == "scores"


def test_it_reads_a_socket_directory() -> None:
    assert database_from_url("postgresql://ana@/scores?host=/run/a%20b")["HOST"] == "/run/a b"


@pytest.mark.parametrize(
    "url",
    [
        "mysql://a:secret@b/c",
        "secret",
        "postgresql://a:secret@b/c?colour=red",
        "postgresql://a:secret@[b/c",
        "postgresql://a:1/secret@b/c",
        "postgresql://a:1@secret@b/c",
        "postgresql://a:secret@b:port/c",
        "postgresql://a:secret@b:99999/c",
        "postgresql://a:secret@b:1,c:0/d",
        "postgresql://a:secret@b c/d",
        "postgresql://a:secret@b/c?sslmode=yes",
        "postgresql://a:secret@b/c?connect_timeout=soon",
    ],
)
def test_it_refuses_junk_by_name_without_the_password(url: str) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        database_from_url(url)

    assert "DATABASE_URL" in str(caught.value)
    assert "secret" not in str(caught.value)
