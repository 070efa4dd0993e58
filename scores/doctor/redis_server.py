"""Does the Redis server do what is needed of it?"""

from scoreboard_project.runtime.redis import redis
from scoreboard_project.runtime.redis_needs import find_redis_problem
from scores.doctor.finding import Finding, fine, unknown, warning, wrong

KEEPS_KEYS = "noeviction"
FULL = 0.9


def examine_redis() -> Finding:
    """Its version, and every command that is used."""
    problem = find_redis_problem()
    if problem:
        return wrong(problem.reason, "See docs/deploy.md, “While Redis refuses”.")
    return fine("it is new enough and takes every command that is needed")


def examine_eviction() -> Finding:
    """A server that throws keys away throws ranks away."""
    found = redis.execute("INFO", "memory")
    policy, most, used = found.get("maxmemory_policy"), int(found.get("maxmemory", 0)), int(found.get("used_memory", 0))
    if policy is None:
        return unknown("the server does not tell its policy")
    if policy != KEEPS_KEYS:
        return wrong(
            f"maxmemory-policy is {policy}: ranks go when memory gets short", f"Set maxmemory-policy {KEEPS_KEYS}."
        )
    if most and used > FULL * most:
        return warning(f"{used / most:.0%} of maxmemory is used", "Give it more: about 300 bytes a user.")
    return fine(f"{policy}, {used // 2**20} MiB used of {f'{most // 2**20} MiB' if most else 'any number'}")
