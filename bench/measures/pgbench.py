"""PostgreSQL alone: pgbench sends the statement of an update, with one action in each transaction."""

import subprocess
from pathlib import Path

from bench.measures.run import Run, percentile
from bench.measures.wrk import LoadError
from bench.topology.tools import find_pgbench

STATEMENT = Path(__file__).resolve().parents[1] / "pgbench_update.sql"
TIME_FIELD = 2  # of a line of its log: microseconds


def load_pgbench(database_url: str, folder: Path, *, connections: int, seconds: float) -> Run:
    """One run over so many connections. Its log goes to `folder`, and is removed. Raises LoadError."""
    size = [f"--client={connections}", f"--jobs={min(2, connections)}", f"--time={max(1, round(seconds))}"]
    log = ["--log", f"--log-prefix={folder / 'pgbench'}"]
    command = [find_pgbench(), "--no-vacuum", "--protocol=prepared", *size, *log, f"--file={STATEMENT}", database_url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LoadError(f"pgbench failed:\n{done.stderr}")
    times: list[float] = []
    for path in folder.glob("pgbench.*"):
        times += [int(line.split()[TIME_FIELD]) / 1000 for line in path.read_text(encoding="ascii").splitlines()]
        path.unlink()
    times.sort()
    rate = len(times) / max(1, round(seconds))
    return Run(rate, percentile(times, 0.5), percentile(times, 0.95), percentile(times, 0.99))
