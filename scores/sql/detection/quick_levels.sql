-- Who finished levels at fastest so often in less time than can be, or in none at all; and the most incredible of these.
SELECT user_id, count(*) AS times, (array_agg(
    json_build_object('actionType', action_type, 'level', level, 'seconds', seconds, 'limit', fastest)
    ORDER BY seconds / fastest, seconds
))[1] AS worst
FROM (
    SELECT user_id, action_type, left(metadata ->> %(level_field)s, 40) AS level,
        CASE WHEN json_typeof(metadata -> %(duration_field)s) = 'number'
            THEN (metadata ->> %(duration_field)s)::float8 END AS seconds
    FROM reported_events
    WHERE created_at >= %(start)s AND created_at < %(end)s
    -- So that the JSON is read once.
    OFFSET 0
) AS played
LEFT JOIN json_to_recordset(%(limits)s::json) AS limits (action_type text, level text, fastest float8)
    USING (action_type, level)
WHERE seconds < COALESCE(fastest, 0) OR seconds <= 0
GROUP BY user_id
HAVING count(*) >= %(fewest)s
ORDER BY user_id
