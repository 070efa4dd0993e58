"""Values that an administrator sets apply to the next action."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client

from scoreboard_project.testing.cast import Player

CHANGE = "/admin/action_types/actiontype/LEVEL_5FCOMPLETE/change/"


@pytest.fixture
def administrator(scoreboard: None, client: Client) -> Iterator[Client]:
    """A superuser's browser."""
    user = User.objects.create_superuser("administrator-of-values")
    client.force_login(user)
    yield client
    user.delete()


def test_it_counts_the_new_value_with_the_next_action(administrator: Client, ana: Player) -> None:
    first = ana.act().recorded
    administrator.post(CHANGE, {"score_value": "175", "category": "gameplay", "is_active": "on"})
    second = ana.act().recorded
    assert first
    assert second
    assert (first.score_increment, second.score_increment, second.new_score) == (150, 175, 325)


def test_it_refuses_the_next_action_of_a_deactivated_type(administrator: Client, ana: Player) -> None:
    administrator.post(CHANGE, {"score_value": "150", "category": "gameplay"})
    assert ana.act().error
