"""The gateway of deploy/nginx with TLS, in front of an API and a live process as the deployment starts them."""

import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack

import httpx
import pytest
from pytest_django.plugin import DjangoDbBlocker

from scoreboard_project.testing.servers.api_server import database_address, free_port, server_command
from scoreboard_project.testing.servers.deploy_commands import running
from scoreboard_project.testing.servers.nginx import Gateway

API, LIVE = 0, 1


def process(port: int) -> AbstractContextManager[subprocess.Popen[bytes]]:
    """A process of the deployment on the test database, behind a gateway of this machine."""
    environment = {
        "DATABASE_URL": database_address(),
        "RECONCILE_SECONDS": "0",
        "LOG_LEVEL": "error",
        "SECURE_HSTS_SECONDS": "60",
        "TRUSTED_PROXIES": "127.0.0.1",
        "SCORE_UPDATES_PER_MINUTE": "0",
    }
    return running(server_command(port), answers_at=f"http://127.0.0.1:{port}/healthz", environment=environment)


@pytest.fixture(scope="session")
def ports(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[int]]:
    """The ports of an API and of a live process."""
    found = [free_port(), free_port()]
    with ExitStack() as processes, django_db_blocker.unblock():
        for port in found:
            processes.enter_context(process(port))
        yield found


@pytest.fixture(scope="session")
def gateway(ports: list[int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """The gateway as it is in deploy/nginx."""
    found = Gateway(tmp_path_factory.mktemp("gateway"), api=[ports[API]], live=[ports[LIVE]])
    with found.running():
        yield found


@pytest.fixture(scope="session")
def balanced(ports: list[int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """The same behind a load balancer of this machine."""
    changes = {"load-balancers.conf": {"# set_real_ip_from 192.0.2.10;": "set_real_ip_from 127.0.0.1;"}}
    directory = tmp_path_factory.mktemp("balanced")
    found = Gateway(directory, api=[ports[API]], live=[ports[LIVE]], changes=changes)
    with found.running():
        yield found


@pytest.fixture
def client(gateway: Gateway, scoreboard: None) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=gateway.secure, verify=gateway.trust, timeout=10) as found:
        yield found
