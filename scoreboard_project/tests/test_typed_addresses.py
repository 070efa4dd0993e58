"""Addresses as people type them and browsers ask for them lead somewhere."""

from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

REDIRECTS = {
    "/admin": "/admin/",
    # Django's admin asks for a login first.
    "/admin/login": "/admin/login/?next=/admin/login",
    "/docs": "/api/v1/docs",
    "/docs/": "/api/v1/docs",
    "/api": "/api/v1/docs",
    "/players": "/",
    "/players/": "/",
    "/favicon.ico": "/static/live/icon.svg",
}


@pytest.mark.parametrize(("typed", "there"), REDIRECTS.items())
def test_it_leads_there(scoreboard: None, client: Client, typed: str, there: str) -> None:
    answer = client.get(typed)
    assert answer.status_code in {301, 302}
    assert answer["Location"] == there
    found = client.get(there)
    assert found.status_code in {200, 302}
    found.close()


def test_the_admins_own_addresses_need_no_slash(scoreboard: None, client: Client) -> None:
    client.force_login(get_user_model().objects.create_superuser(f"operator-{uuid4()}"))
    for typed in ("/admin/scores/userscore", "/admin/action_types/actiontype/add", "/admin/live/presence"):
        assert client.get(typed, follow=True).status_code == 200


@pytest.mark.parametrize("path", ["/api/", "/api/v1/", "/api/v1/scoreboard/", "/api/v1/docs/", "/nothing-is-here"])
def test_every_other_address_stays_unknown(scoreboard: None, client: Client, path: str) -> None:
    assert client.get(path).status_code == 404
