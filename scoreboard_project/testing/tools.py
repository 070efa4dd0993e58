"""Programs that some tests need besides Python."""

import os
import shutil
from typing import NoReturn

import pytest


def program(*names: str) -> str:
    """The path of the first of `names` that is installed. Without it the test is skipped, and fails in CI."""
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        missing(f"{names[0]} is not installed")
    return found


def missing(reason: str) -> NoReturn:
    """Skip the test for what this machine does not have. In CI it fails."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
