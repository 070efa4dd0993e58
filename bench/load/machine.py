"""This machine: its files limit, and what each part of the topology uses of it."""

import os
import resource
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psutil

# Libraries, logs, pipes, listening sockets, connections to PostgreSQL and Valkey.
OTHER_FILES = 300


class TooFewFiles(Exception):
    """A process may not open as many sockets as the load needs. The message says how many, and what to do."""


def allow_many_files() -> int:
    """Raise the limit of open files as far as the system lets us. Returns it."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def check_files(users: int, sockets: int) -> None:
    """Raises TooFewFiles. The gateway needs most: each user, and each socket on both sides, over all its workers."""
    have = allow_many_files()
    workers = os.cpu_count() or 1
    need = max(users, sockets, (users + 2 * sockets) // workers) + OTHER_FILES
    if have < need:
        raise TooFewFiles(
            f"A process may open {have:,} files here, but {users:,} users and {sockets:,} sockets need {need:,}: "
            f"raise the hard limit (ulimit -Hn {need}, or LimitNOFILE= and nofile in limits.conf), or ask for fewer."
        )


@dataclass(frozen=True)
class Usage:
    """Of one part, with its child processes, now. `memory` is proportional: shared pages count once over all."""

    cpu_seconds: float
    memory: int
    files: int
    processes: int


def usage(pids: Sequence[int]) -> Usage:
    """What these processes and their children use. A child that ends meanwhile counts as nothing."""
    family = [each for pid in pids for each in _family(pid)]
    found = [_of_one(process) for process in family]
    cpu, memory, files = (sum(column) for column in zip(*found, strict=True)) if found else (0.0, 0, 0)
    return Usage(cpu, int(memory), int(files), len(found))


def usage_by_part(parts: Mapping[str, Sequence[int]]) -> dict[str, Usage]:
    return {part: usage(pids) for part, pids in parts.items()}


def _family(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _cpu(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def _of_one(process: psutil.Process) -> tuple[float, int, int]:
    try:
        return _cpu(process), process.memory_full_info().pss, process.num_fds()
    except psutil.NoSuchProcess:
        return 0.0, 0, 0
