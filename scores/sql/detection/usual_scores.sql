-- The latest scores of those who were high up in any of the hours: as far as the first places need them.
SELECT score
FROM (
    SELECT DISTINCT ON (key) key AS user_id, value::bigint AS score
    FROM usual_hours, jsonb_each_text(counts -> 'scores')
    WHERE hour >= %(since)s AND hour < %(until)s
    ORDER BY key, hour DESC
) AS latest
ORDER BY score DESC
LIMIT 500
