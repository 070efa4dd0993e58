-- What was usual in an hour, as one JSON value: how often each number of actions, and each step of points, was seen
-- among pairs of a user and ten minutes, and so on: see Usual in scores/trust/detection/usual.py. A step is a tenth.
WITH reported AS MATERIALIZED (
    SELECT user_id, action_type, score_increment, metadata, user_agent, created_at
    FROM score_events
    WHERE created_at >= %(start)s AND created_at < %(end)s
        AND position(' ' IN request_id) = 0 AND (ip_address <> '' OR user_agent <> '')
), turns AS MATERIALIZED (
    SELECT user_id, date_bin('10 minutes', created_at, 'epoch') AS turn, count(*) AS actions,
        sum(score_increment) AS points
    FROM reported
    GROUP BY 1, 2
), paces AS (
    SELECT json_object_agg(actions, cases) AS counts
    FROM (SELECT actions, count(*) AS cases FROM turns GROUP BY actions) AS counted
), points AS (
    SELECT json_object_agg(step, cases) AS counts
    FROM (SELECT floor(10 * ln(points))::int AS step, count(*) AS cases FROM turns WHERE points > 0 GROUP BY 1) AS counted
), first_points AS (
    SELECT json_object_agg(step, cases) AS counts
    FROM (
        SELECT floor(10 * ln(points))::int AS step, count(*) AS cases
        FROM turns
        JOIN users_scores ON users_scores.user_id = turns.user_id
            AND users_scores.created_at >= turn AND users_scores.created_at < turn + interval '10 minutes'
        WHERE points > 0
        GROUP BY 1
    ) AS counted
), durations AS (
    SELECT json_agg(json_build_array(action_type, level, steps)) AS counts
    FROM (
        SELECT action_type, level, json_object_agg(step, cases) AS steps
        FROM (
            SELECT action_type, left(metadata ->> %(level_field)s, 40) AS level,
                floor(10 * ln((metadata ->> %(duration_field)s)::float8))::int AS step, count(*) AS cases
            FROM reported
            -- In this order: what is no number cannot be cast.
            WHERE CASE WHEN json_typeof(metadata -> %(duration_field)s) = 'number'
                THEN (metadata ->> %(duration_field)s)::float8 > 0 ELSE false END
                AND metadata ->> %(level_field)s IS NOT NULL
            GROUP BY 1, 2, 3
        ) AS counted
        GROUP BY 1, 2
    ) AS by_level
), agents AS (
    SELECT json_object_agg(user_agent, users) AS counts
    FROM (
        SELECT user_agent, count(DISTINCT user_id) AS users
        FROM reported
        WHERE user_agent <> ''
        GROUP BY 1
        ORDER BY users DESC, user_agent
        LIMIT 200
    ) AS counted
), scores AS (
    -- Who lost points is in it too, so that an earlier score of theirs is forgotten.
    SELECT json_object_agg(user_id, score) AS counts
    FROM (
        SELECT user_id, score
        FROM (
            SELECT DISTINCT ON (user_id) user_id, score_after AS score,
                bool_or(score_increment < 0) OVER (PARTITION BY user_id) AS has_lost
            FROM score_events
            WHERE created_at >= %(start)s AND created_at < %(end)s
            ORDER BY user_id, created_at DESC, event_id DESC
        ) AS latest
        ORDER BY has_lost DESC, score DESC, user_id
        LIMIT 500
    ) AS counted
)
SELECT json_strip_nulls(json_build_object(
    'paces', paces.counts, 'points', points.counts, 'first_points', first_points.counts, 'durations', durations.counts,
    'agents', agents.counts, 'scores', scores.counts, 'users', (SELECT count(DISTINCT user_id) FROM turns)
))
FROM paces, points, first_points, durations, agents, scores
