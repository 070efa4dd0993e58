"""The admin's cookies: closed to scripts, not sent from other sites, and only over HTTPS where clients use it."""

from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client


def test_both_are_closed_to_scripts_and_to_other_sites(db: None) -> None:
    User.objects.create_superuser("ada", password="correct horse battery")
    client = Client()
    client.get("/admin/login/")
    client.post("/admin/login/", {"username": "ada", "password": "correct horse battery"})
    assert set(client.cookies) == {"sessionid", "csrftoken"}
    for cookie in client.cookies.values():
        assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
        assert bool(cookie["secure"]) == settings.USE_TLS
