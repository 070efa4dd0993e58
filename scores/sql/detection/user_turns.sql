-- The points of each of these users in each ten minutes of a day that ends at a time.
SELECT wanted.place, turn, points
FROM ROWS FROM (unnest(%(user_ids)s::text[]), unnest(%(ends)s::timestamptz[])) WITH ORDINALITY
    AS wanted (user_id, until, place)
CROSS JOIN LATERAL (
    SELECT date_bin('10 minutes', created_at, 'epoch') AS turn, sum(score_increment)::bigint AS points
    FROM reported_events
    WHERE reported_events.user_id = wanted.user_id
        AND created_at >= wanted.until - interval '1 day' AND created_at < wanted.until
    GROUP BY 1
) AS turns
ORDER BY 1, 2
