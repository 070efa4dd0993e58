-- A user's sums per UTC day, with the fields of DaySum in order. Days without events are left out.
SELECT (created_at AT TIME ZONE 'UTC')::date AS day, sum(score_increment)::bigint AS score,
    count(*) FILTER (WHERE action_type <> ALL(%(operator_types)s::text[])) AS actions
FROM score_events
WHERE user_id = %(user_id)s AND created_at >= %(since)s
GROUP BY day
