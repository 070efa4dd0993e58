"""What several of these tests need."""

import pytest
from django.contrib.auth.models import User
from django.test import Client


@pytest.fixture
def admin_session(scoreboard: None) -> Client:
    """A browser in which an administrator has logged in."""
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client
