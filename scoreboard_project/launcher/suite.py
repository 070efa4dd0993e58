"""`script/test`: every check of the project, the tests last; `--help` says what the arguments do."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PYTHON = sys.executable
STEPS = {
    "ruff check": (PYTHON, "-m", "ruff", "check"),
    "ruff format": (PYTHON, "-m", "ruff", "format", "--check"),
    "mypy": (PYTHON, "-m", "mypy"),
    "lint-imports": (PYTHON, "-c", "from importlinter.cli import lint_imports_command as run; run()"),
}
PYTEST = (PYTHON, "-m", "pytest")
# Programs that some tests need: the names under which each is installed, and its Debian package.
TOOLS = {
    "chromium": (("chromium", "chromium-browser", "google-chrome"), "chromium"),
    "curl": (("curl",), "curl"),
    "nginx": (("nginx",), "nginx-light"),
    "node": (("node", "nodejs"), "nodejs"),
    "openssl": (("openssl",), "openssl"),
    "pgbouncer": (("pgbouncer",), "pgbouncer"),
}
HELP = """script/test [--quick] [PYTEST ARGUMENTS ...]

Without arguments: ruff, mypy, lint-imports and all tests.
--quick: ruff, mypy, lint-imports and the tests that start no server, no browser and no other process that takes
seconds (those are marked "server").
With pytest's arguments: only pytest, with them:
    script/test scores/tests/test_metadata.py -x
--quick with pytest's arguments: ruff, mypy, lint-imports and, of the tests that pytest finds with them, the quick ones:
    script/test --quick scores
PostgreSQL and Valkey are started for the run and removed afterwards. Set TEST_DATABASE_URL to use another PostgreSQL.
"""
QUICK = "--quick"
# On two cores. With servers it is one more, for some tests wait for a long time.
ALL = ("-n", "3")
WITHOUT_SERVERS = ("-n", "2", "-m", "not server")


def main(arguments: Sequence[str]) -> int:
    """Run every step, even if one fails. Returns 0 if all passed. pytest runs last and prints the last lines."""
    os.chdir(PROJECT)
    if arguments in (["--help"], ["-h"]):
        print(HELP, end="")
        return 0
    is_quick = QUICK in arguments
    for_pytest = [argument for argument in arguments if argument != QUICK]
    if for_pytest and not is_quick:
        return _pytest(*for_pytest)
    failed = [] if is_quick or tools_are_there() else ["tools"]
    failed += [name for name, command in STEPS.items() if not _passes(name, command)]
    if failed:
        print(f"\nFailed before the tests: {', '.join(failed)}.", flush=True)
    print("\n--- pytest", flush=True)
    code = _pytest(*for_pytest, *(WITHOUT_SERVERS if is_quick else ALL))
    return code or int(bool(failed))


def _pytest(*arguments: str) -> int:
    return subprocess.run([*PYTEST, *arguments], check=False).returncode


def _passes(name: str, command: Sequence[str]) -> bool:
    print(f"\n--- {name}", flush=True)
    started = time.monotonic()
    passed = subprocess.run(command, check=False).returncode == 0
    print(f"--- {name}: {'passed' if passed else 'FAILED'} in {time.monotonic() - started:.1f} s", flush=True)
    return passed


def tools_are_there() -> bool:
    """Print which tools are missing. Returns False only in CI, where it first tries to install them."""
    missing = _missing_tools()
    in_ci = os.environ.get("CI", "").lower() in {"1", "true"}
    if missing and in_ci and os.geteuid() == 0 and shutil.which("apt-get"):
        packages = [TOOLS[name][1] for name in missing]
        subprocess.run(["apt-get", "update", "-q"], check=False)  # noqa: S607 (whichever apt-get the machine has)
        subprocess.run(["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages], check=False)  # noqa: S607
        missing = _missing_tools()
    if missing:
        print(f"--- Missing: {', '.join(missing)}. The tests that need them are skipped.", flush=True)
    return not (missing and in_ci)


def _missing_tools() -> list[str]:
    return [name for name, (programs, _package) in TOOLS.items() if not any(map(shutil.which, programs))]


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
