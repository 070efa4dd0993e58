"""A test that failed in the middle leaves nothing that the next one would meet."""

import psycopg
import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.db import connection

from scoreboard_project.testing.cast import Player
from scoreboard_project.testing.servers.api_server import database_address
from scoreboard_project.testing.stores import empty_stores
from scores.models import UserScore


def test_an_open_transaction_is_given_up(scoreboard: None, ana: Player) -> None:
    ana.act()
    connection.cursor().execute("BEGIN")
    connection.cursor().execute("SELECT FROM users_scores FOR UPDATE")
    empty_stores()
    assert not UserScore.objects.exists()


def test_a_lock_that_another_connection_holds_is_broken(scoreboard: None, ana: Player) -> None:
    ana.act()
    with psycopg.connect(database_address()) as holder:
        holder.execute("SELECT FROM users_scores FOR UPDATE")
        empty_stores()
        assert not UserScore.objects.exists()
        with pytest.raises(psycopg.OperationalError):
            holder.execute("SELECT 1")


def test_no_row_of_any_table_is_left(scoreboard: None, ana: Player) -> None:
    ana.act()
    User.objects.create_superuser("boss").groups.add(Group.objects.earliest("pk"))
    empty_stores()
    kept = {model.__name__ for model in apps.get_models(include_auto_created=True) if model._default_manager.exists()}
    assert kept == {"ActionType", "ContentType", "Permission", "Group", "Group_permissions"}
