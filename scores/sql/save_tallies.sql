-- Stores locked tallies, and drops those of users who do not exist: nothing that they asked for was accepted.
WITH saved AS (
    UPDATE action_tallies AS kept
    SET total = new.total, last_at = new.last_at, day = new.day, day_total = new.day_total, counted_to = new.counted_to
    FROM unnest(
        %(user_ids)s::text[], %(action_types)s::text[], %(totals)s::bigint[], %(last_ats)s::timestamptz[],
        %(days)s::date[], %(day_totals)s::integer[], %(counted_tos)s::timestamptz[]
    ) AS new (user_id, action_type, total, last_at, day, day_total, counted_to)
    WHERE kept.user_id = new.user_id AND kept.action_type = new.action_type AND new.counted_to IS NOT NULL
)
DELETE FROM action_tallies AS kept
USING unnest(%(user_ids)s::text[], %(action_types)s::text[], %(counted_tos)s::timestamptz[])
    AS new (user_id, action_type, counted_to)
WHERE kept.user_id = new.user_id AND kept.action_type = new.action_type AND new.counted_to IS NULL
RETURNING kept.user_id
