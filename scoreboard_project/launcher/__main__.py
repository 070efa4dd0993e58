"""python -m scoreboard_project.launcher COMMAND: runs a command together with the services it needs.

Commands:
  server [OPTIONS]       migrate, add demo data on the first run, and serve (script/server); see server --help
  manage ARGUMENTS ...   run manage.py with the arguments (script/manage)
  run -- COMMAND ...     run any command

If DATABASE_URL or REDIS_URL is not set, the launcher starts a PostgreSQL or a Valkey under SCOREBOARD_DATA_DIR
(default: .data in the project), or uses the one that already runs there. The last command that uses them stops them.
Without SCOREBOARD_DATA_DIR, manage and run use the data directory of a running script/server of this project.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from scoreboard_project.embedded.failure import EmbeddedError
from scoreboard_project.embedded.services import running
from scoreboard_project.launcher.child import end_on_signals, run_in_foreground
from scoreboard_project.launcher.running_servers import data_directory
from scoreboard_project.launcher.server import PROJECT, serve

USAGE_ERROR = 2


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    command, rest = (arguments[0], arguments[1:]) if arguments else ("--help", [])
    default = PROJECT / ".data"
    try:
        if command == "server":
            return serve(rest, Path(os.environ.get("SCOREBOARD_DATA_DIR", "").strip() or default))
        if command == "manage":
            return _run([sys.executable, str(PROJECT / "manage.py"), *rest], default)
        if command == "run" and [word for word in rest if word != "--"]:
            return _run(rest[1:] if rest[0] == "--" else rest, default)
    except (EmbeddedError, OSError) as error:
        print(f"scoreboard: {error}", file=sys.stderr)
        return 1
    print((__doc__ or "").strip())
    return 0 if command in {"-h", "--help", "help"} else USAGE_ERROR


def _run(command: Sequence[str], default: Path) -> int:
    end_on_signals()
    data_dir = data_directory(PROJECT, default, os.environ)
    with running(data_dir, environ=os.environ) as surroundings:
        return run_in_foreground(command, {**os.environ, **surroundings.variables}, surroundings.lease)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
