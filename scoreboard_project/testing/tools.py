"""Programs that some tests need besides Python."""

import os
import shutil

import pytest


def program(*names: str) -> str:
    """The path of the first of `names` that is installed. Without it the test is skipped, and fails in CI."""
    for name in names:
        if found := shutil.which(name):
            return found
    reason = f"{names[0]} is not installed"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
