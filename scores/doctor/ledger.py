"""Do the scores follow from the ledger?"""

from django.conf import settings
from django.db import connection

from scores.doctor.finding import Finding, fine, wrong

# Old months may have been dropped: then the newest event alone says what the score must be.
NEWEST = """
SELECT user_id FROM users_scores LEFT JOIN (
    SELECT DISTINCT ON (user_id) user_id, score_after FROM score_events ORDER BY user_id, created_at DESC, event_id DESC
) AS newest USING (user_id)
WHERE current_score IS DISTINCT FROM score_after
"""
WHOLE = """
SELECT user_id FROM users_scores LEFT JOIN (
    SELECT user_id, sum(score_increment) AS total, count(*) AS events FROM score_events GROUP BY user_id
) AS ledger USING (user_id)
WHERE (current_score, version) IS DISTINCT FROM (total, events)
"""
REPEATED = "SELECT user_id FROM score_events GROUP BY user_id, request_id HAVING count(*) > 1"
EXAMPLES = 3
ADVICE = "Somebody wrote to the tables by hand. Compare with a backup: the ledger, score_events, says what is right."


def examine_totals() -> Finding:
    """Each score must be the sum of its events, and each request must have one event. Reads the whole ledger."""
    odd = _users(NEWEST if settings.SCORE_EVENTS_RETENTION_MONTHS else WHOLE)
    if odd:
        return wrong(f"{len(odd)} scores are not the sum of their events: {_named(odd)}", ADVICE)
    repeated = _users(REPEATED)
    if repeated:
        return wrong(f"{len(repeated)} requests were counted twice, by {_named(repeated)}", ADVICE)
    return fine("every score is the sum of its events, and no request counts twice")


def _users(query: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [user_id for (user_id,) in cursor.fetchall()]


def _named(user_ids: list[str]) -> str:
    return ", ".join(user_ids[:EXAMPLES]) + (", …" if len(user_ids) > EXAMPLES else "")
