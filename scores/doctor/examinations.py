"""All examinations, in the order in which they are shown."""

from collections.abc import Callable, Iterator, Mapping

from django.db import Error
from psycopg import Error as PsycopgError

from scoreboard_project.audit.entries import record_change
from scoreboard_project.runtime.postgres.states import explain
from scoreboard_project.runtime.redis import RedisUnavailable
from scores.doctor import database, ledger, ranks, redis_server, upkeep
from scores.doctor.finding import Finding, Level, unknown, wrong

EXAMINATIONS: Mapping[str, Callable[[], Finding]] = {
    "settings": upkeep.examine_settings,
    "postgresql": database.examine_recording,
    "connections": database.examine_connections,
    "clock": database.examine_clock,
    "transactions": database.examine_transactions,
    "replicas": database.examine_replicas,
    "disk": database.examine_disk,
    "totals": ledger.examine_totals,
    "partitions": upkeep.examine_partitions,
    "queue": upkeep.examine_queue,
    "signing key": upkeep.examine_signing_key,
    "redis": redis_server.examine_redis,
    "eviction": redis_server.examine_eviction,
    "rank index": ranks.examine_rank_index,
    "cached boards": ranks.examine_cached_boards,
}


def examine_all(*, fix: bool = False) -> Iterator[tuple[str, Finding]]:
    """Each name with what was found. With `fix`, what is safe to correct was corrected and examined again."""
    for name, examine in EXAMINATIONS.items():
        finding = _examined(examine)
        if fix and finding.fix:
            finding = _examined(lambda: _fixed(name, finding, examine))  # noqa: B023 - called at once
        yield name, finding


def verdict(findings: list[Finding]) -> Level:
    """The worst of them. What cannot be seen from here does not count."""
    return max((each.level for each in findings if each.level is not Level.UNKNOWN), default=Level.FINE)


def _fixed(name: str, finding: Finding, examine: Callable[[], Finding]) -> Finding:
    assert finding.fix  # noqa: S101 - the caller looked
    finding.fix()
    record_change("doctor.fixed", target=name, old={"found": finding.says})
    return examine()


def _examined(examine: Callable[[], Finding]) -> Finding:
    """An examination that cannot be made says why."""
    try:
        return examine()
    except RedisUnavailable as error:
        return wrong(f"Redis does not answer: {error}", "Boards and ranks come from PostgreSQL until it does.")
    except (Error, PsycopgError) as error:
        return wrong(f"PostgreSQL refused: {explain(error)}", "See the line “postgresql”.")
    except OSError as error:
        return unknown(str(error))
