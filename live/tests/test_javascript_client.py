"""Runs the JavaScript client's tests in Node, against a fake server and against ours."""

import os
import subprocess

from scoreboard_project.testing.cast import ANA
from scoreboard_project.testing.servers.api_server import ROOT
from scoreboard_project.testing.servers.one_port import OnePort
from scoreboard_project.testing.tools import program


def test_its_own_tests_pass(one_port: OnePort) -> None:
    ANA.act()
    token = ANA.bearer()["Authorization"].removeprefix("Bearer ")
    node = program("node", "nodejs")
    done = subprocess.run(
        [node, "--experimental-websocket", "--test", "test/"],
        cwd=ROOT / "clients" / "javascript",
        env={**os.environ, "SCOREBOARD_URL": one_port.address, "SCOREBOARD_TOKEN": token},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# fail 0" in done.stdout
    assert "# skipped 0" in done.stdout
