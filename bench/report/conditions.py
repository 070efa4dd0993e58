"""Under what conditions a session ran: the machine and the commit."""

import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import psutil

PROJECT = Path(__file__).resolve().parents[2]


def conditions() -> dict[str, str]:
    """What a figure needs to be read, in words."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "commit": commit_of("HEAD")
        + (" with changes" if _git("status", "--porcelain", "--untracked-files=no") else ""),
        "machine": f"{os.cpu_count()} cores, {_processor()}, {_memory()}, {platform.system()}",
        "python": platform.python_version(),
    }


def commit_of(revision: str) -> str:
    """Its short hash, or "unknown" without git."""
    return _git("rev-parse", "--short", revision) or "unknown"


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=PROJECT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def _memory() -> str:
    return f"{psutil.virtual_memory().total / 2**30:.0f} GiB"


def _processor() -> str:
    try:
        found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else platform.processor() or platform.machine()
