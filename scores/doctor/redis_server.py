"""Does the Redis server do what is needed of it?"""

from scoreboard_project.runtime.redis import redis
from scoreboard_project.runtime.redis_needs import find_eviction, find_redis_problem
from scores.doctor.finding import Finding, fine, warning, wrong

FULL = 0.9


def examine_redis() -> Finding:
    """Its version, and every command that is used."""
    problem = find_redis_problem()
    if problem:
        return wrong(problem.reason, "See docs/deploy.md, “While Redis refuses”.")
    return fine("it is new enough and takes every command that is needed")


def examine_eviction() -> Finding:
    """A server that throws keys away throws ranks away."""
    if eviction := find_eviction():
        return wrong(eviction, "Set maxmemory-policy noeviction.")
    found = redis.execute("INFO", "memory")
    most, used = int(found.get("maxmemory", 0)), int(found.get("used_memory", 0))
    if most and used > FULL * most:
        return warning(f"{used / most:.0%} of maxmemory is used", "Give it more: about 300 bytes a user.")
    limit = f"{most // 2**20} MiB" if most else "any number"
    return fine(f"it keeps all keys; {used // 2**20} MiB used of {limit}")
