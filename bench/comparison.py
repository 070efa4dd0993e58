"""This tree and another revision, in turn on the same services: what a change makes faster or slower."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.report.conditions import commit_of, conditions
from bench.report.figures import Results
from bench.report.tables import OURS, named, shown, table
from bench.session import QUICK, Session
from bench.topology.processes import StartError
from bench.topology.production import PROJECT, Source, production_topology
from bench.topology.stores import running_stores
from scoreboard_project.launcher.virtualenv import InstallError, ensure_installed

MEASURES = (
    ("update", 32),
    ("board", 32),
    ("page", 32),
    ("user", 32),
    ("around", 32),
    ("batch-100", 8),
    ("sockets", 32),
)
REQUIREMENTS = "requirements.txt"


def compare(revision: str, *, runs: int, seconds: float, say: Callable[[str], None]) -> str:
    """A table with the rates of both and their ratio, and what it was measured on. Raises StartError, LoadError."""
    results = Results()
    with ExitStack() as started:
        stores = started.enter_context(running_stores())
        other = started.enter_context(_checked_out(revision, stores.directory))
        sessions = {}
        for name, source in ((OURS, Source()), (revision, other)):
            say(f"Starting {name} ...")
            prefix = "this_tree" if name == OURS else "other_tree"
            topology = production_topology(stores=stores, name=prefix, source=source, gateway=False, worker=False)
            sessions[name] = Session(started.enter_context(topology), {}, "", QUICK)
            sessions[name].warm_up()
        for measure, connections in MEASURES:
            say(f"{measure}, {connections} connections")
            for turn in range(runs):
                order = list(sessions) if turn % 2 == 0 else list(reversed(sessions))
                for name in order:
                    one = sessions[name].load_of(measure)
                    results.add(measure, connections, name, one(connections=connections, seconds=seconds))
    return f"{_conditions(revision, runs, seconds)}\n\n{_table(results, revision)}"


def _conditions(revision: str, runs: int, seconds: float) -> str:
    found = conditions()
    return (
        f"Measured on {found['date']}: commit {found['commit']} against {commit_of(revision)}.\n"
        f"{found['machine']}, Python {found['python']}. {runs} runs of {seconds:g} s, in turn on the same services.\n"
        "A figure is the median of its runs, and ± is how far a run lies from it at most."
    )


def _table(results: Results, revision: str) -> str:
    rows = []
    for measure, connections in MEASURES:
        ours, other = (measure, connections, OURS), (measure, connections, revision)
        cpu = sum(results.processor(ours).values()) / sum(results.processor(other).values())
        cells = [shown(results.figure(ours, "rate")), shown(results.figure(other, "rate"))]
        rows.append([named(measure), str(connections), *cells, shown(results.ratio(ours, other), 3), f"{cpu:.3f}"])
    heads = ["request", "connections", "this tree, a second", f"{revision}, a second", "ratio", "processor time, ratio"]
    return table(heads, rows)


@contextmanager
def _checked_out(revision: str, folder: Path) -> Iterator[Source]:
    """The revision in a worktree. It has a virtual environment of its own if it needs other packages."""
    tree = folder / "revision"
    _git("worktree", "add", "--detach", str(tree), revision)
    try:
        tree.chmod(0o755)
        if (tree / REQUIREMENTS).read_bytes() == (PROJECT / REQUIREMENTS).read_bytes():
            yield Source(tree, sys.executable)
        else:
            try:
                yield Source(tree, str(ensure_installed(tree, REQUIREMENTS)))
            except InstallError as error:
                raise StartError(str(error)) from error
    finally:
        _git("worktree", "remove", "--force", str(tree))


def _git(*arguments: str) -> None:
    done = subprocess.run(["git", *arguments], cwd=PROJECT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StartError(f"git {' '.join(arguments)} failed: {done.stderr.strip()}")
