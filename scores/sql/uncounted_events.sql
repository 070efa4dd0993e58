-- What a tally does not count yet, and the times of the latest actions of its type within an hour, newest first.
-- One row per tally, in order, with the fields of Uncounted.
-- Held actions count from when they were reported: the write that holds one adds it to the tally. So the event of its
-- approval does not count again.
SELECT fresh.total, fresh.today, fresh.last_at, fresh.counted_to, ARRAY(
    SELECT created_at FROM (
        (
            SELECT created_at FROM score_events AS event
            WHERE event.user_id = needed.user_id AND event.action_type = needed.action_type
                AND event.created_at > %(moment)s::timestamptz - interval '1 hour'
                AND NOT starts_with(event.request_id, 'approval of ')
            ORDER BY created_at DESC
            LIMIT needed.most_recent
        )
        UNION ALL
        (
            SELECT created_at FROM held_actions AS held
            WHERE held.user_id = needed.user_id AND held.action_type = needed.action_type
                AND held.created_at > %(moment)s::timestamptz - interval '1 hour'
            ORDER BY created_at DESC
            LIMIT needed.most_recent
        )
    ) AS latest
    ORDER BY created_at DESC
    LIMIT needed.most_recent
) AS recent
FROM unnest(
    %(user_ids)s::text[], %(action_types)s::text[], %(counted_to)s::timestamptz[], %(most_recent)s::integer[]
) WITH ORDINALITY AS needed (user_id, action_type, counted_to, most_recent, place)
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE is_of_type) AS total,
        count(*) FILTER (WHERE is_of_type AND created_at >= %(midnight)s::timestamptz) AS today,
        max(created_at) FILTER (WHERE is_of_type) AS last_at,
        -- Of all types: the events of a user are committed in the order of their times, so none will come before this.
        max(created_at) AS counted_to
    FROM (
        SELECT created_at, event.action_type = needed.action_type
            AND NOT starts_with(event.request_id, 'approval of ') AS is_of_type
        FROM score_events AS event
        WHERE event.user_id = needed.user_id
            AND event.created_at > COALESCE(needed.counted_to, '-infinity'::timestamptz)
    ) AS uncounted
) AS fresh
ORDER BY place
