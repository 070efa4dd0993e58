"""Runs the Python client's own tests, which start their own server."""

import subprocess
import sys
from pathlib import Path

import pytest

CLIENT = Path(__file__).resolve().parents[2] / "clients" / "python"


@pytest.mark.timeout(240)
@pytest.mark.server
@pytest.mark.long
def test_its_own_tests_pass() -> None:
    left_out = [word for plugin in ("xdist", "schemathesis", "cacheprovider") for word in ("-p", f"no:{plugin}")]
    command = [sys.executable, "-m", "pytest", "-q", *left_out]
    done = subprocess.run(command, cwd=CLIENT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
