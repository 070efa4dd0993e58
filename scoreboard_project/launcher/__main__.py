"""python -m scoreboard_project.launcher COMMAND: the scoreboard with the services it needs around it.

Commands:
  server [OPTIONS]       migrate, fill in demo data on the first run, and serve (script/server); see server --help
  manage ARGUMENTS ...   run manage.py with the arguments (script/manage)
  run -- COMMAND ...     run any command

PostgreSQL and Valkey are started under SCOREBOARD_DATA_DIR (default: .data in the project) where DATABASE_URL and
REDIS_URL are not set, attached to when they run already, and stopped by the last command that uses them.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from scoreboard_project.embedded.failure import EmbeddedError
from scoreboard_project.embedded.services import running
from scoreboard_project.launcher.child import end_on_signals, run_in_foreground
from scoreboard_project.launcher.server import PROJECT, serve

USAGE_ERROR = 2


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns its exit code."""
    command, rest = (arguments[0], arguments[1:]) if arguments else ("--help", [])
    data_dir = Path(os.environ.get("SCOREBOARD_DATA_DIR", "").strip() or PROJECT / ".data")
    try:
        if command == "server":
            return serve(rest, data_dir)
        if command == "manage":
            return _run([sys.executable, str(PROJECT / "manage.py"), *rest], data_dir)
        if command == "run" and [word for word in rest if word != "--"]:
            return _run(rest[1:] if rest[0] == "--" else rest, data_dir)
    except (EmbeddedError, OSError) as error:
        print(f"scoreboard: {error}", file=sys.stderr)
        return 1
    print((__doc__ or "").strip())
    return 0 if command in {"-h", "--help", "help"} else USAGE_ERROR


def _run(command: Sequence[str], data_dir: Path) -> int:
    end_on_signals()
    with running(data_dir, environ=os.environ) as surroundings:
        return run_in_foreground(command, {**os.environ, **surroundings.variables}, surroundings.lease)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
