"""Processor time and memory of the parts of a server, children included."""

from collections.abc import Iterable, Mapping

import psutil

Parts = Mapping[str, Iterable[int]]


def processor_seconds(parts: Parts) -> dict[str, float]:
    """The seconds that each part has used so far, in its processes and in the children that ended."""
    return {part: sum(map(_seconds, pids)) for part, pids in parts.items()}


def machine_seconds() -> float:
    """The processor seconds of everything that has run on this machine."""
    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0)
    # Linux counts guests in "user" as well.
    guests = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)
    return float(sum(times) - idle - guests)


def resident_mib(parts: Parts) -> dict[str, float]:
    """The memory of each part. What processes share counts once (PSS) where the system tells."""
    return {part: sum(map(_bytes, pids)) / 1024**2 for part, pids in parts.items()}


def _seconds(pid: int) -> float:
    root = psutil.Process(pid)
    ended = root.cpu_times()
    total = ended.user + ended.system + ended.children_user + ended.children_system
    for child in root.children(recursive=True):
        try:
            times = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return float(total)


def _bytes(pid: int) -> int:
    root = psutil.Process(pid)
    total = 0
    for process in (root, *root.children(recursive=True)):
        try:
            found = process.memory_full_info()
        except psutil.NoSuchProcess:
            continue
        total += getattr(found, "pss", found.uss)
    return total
