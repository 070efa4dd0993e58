-- Counts what was usual in an hour: see Usual in scores/trust/detection/usual.py. A step is a tenth of the logarithm.
INSERT INTO usual_hours (hour, counts)
WITH reported AS MATERIALIZED (
    SELECT user_id, action_type, score_increment, metadata, address_block, agent_family, created_at
    FROM reported_events
    WHERE created_at >= %(start)s AND created_at < %(end)s
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
    FROM (SELECT floor(10 * ln(points::float8))::int AS step, count(*) AS cases FROM turns WHERE points > 0 GROUP BY 1) AS counted
), first_points AS (
    SELECT json_object_agg(step, cases) AS counts
    FROM (
        SELECT floor(10 * ln(points::float8))::int AS step, count(*) AS cases
        FROM turns
        JOIN users_scores ON users_scores.user_id = turns.user_id
            AND users_scores.created_at >= turn AND users_scores.created_at < turn + interval '10 minutes'
        WHERE points > 0
        GROUP BY 1
    ) AS counted
), durations AS (
    SELECT json_object_agg(json_build_array(action_type, level, step)::text, cases) AS counts
    FROM (
        SELECT action_type, level, floor(10 * ln(seconds))::int AS step, count(*) AS cases
        FROM (
            SELECT action_type, left(metadata ->> %(level_field)s, 40) AS level,
                CASE WHEN json_typeof(metadata -> %(duration_field)s) = 'number'
                    THEN (metadata ->> %(duration_field)s)::float8 END AS seconds
            FROM reported
            -- So that the JSON is read once.
            OFFSET 0
        ) AS finished
        WHERE seconds > 0 AND level IS NOT NULL
        GROUP BY 1, 2, 3
        -- A client can invent levels: those that many report are kept.
        ORDER BY sum(count(*)) OVER (PARTITION BY action_type, level) DESC, action_type, level, step
        LIMIT 20000
    ) AS counted
), pairs AS MATERIALIZED (
    SELECT user_id, address_block, agent_family FROM reported GROUP BY 1, 2, 3
), agents AS (
    SELECT json_object_agg(agent_family, users) AS counts
    FROM (
        SELECT agent_family, count(DISTINCT user_id) AS users
        FROM pairs
        WHERE agent_family <> ''
        GROUP BY 1
        ORDER BY users DESC, agent_family
        LIMIT 200
    ) AS counted
), addresses AS (
    SELECT json_object_agg(address_block, users) AS counts
    FROM (
        SELECT address_block, count(DISTINCT user_id) AS users
        FROM pairs
        WHERE address_block <> ''
        GROUP BY 1
        HAVING count(DISTINCT user_id) >= 5
        ORDER BY users DESC, address_block
        LIMIT 500
    ) AS counted
), scores AS (
    -- Who lost points is in it too, so that an earlier score of theirs is forgotten. The best of others is the latest.
    SELECT json_object_agg(user_id, CASE WHEN has_lost THEN (
        SELECT score_after
        FROM score_events AS event
        WHERE event.user_id = high.user_id AND created_at >= %(start)s AND created_at < %(end)s
        ORDER BY created_at DESC, event_id DESC
        LIMIT 1
    ) ELSE best END) AS counts
    FROM (
        SELECT user_id, max(score_after) AS best, bool_or(score_increment < 0) AS has_lost
        FROM score_events
        WHERE created_at >= %(start)s AND created_at < %(end)s
        GROUP BY user_id
        ORDER BY has_lost DESC, best DESC, user_id
        LIMIT 500
    ) AS high
)
SELECT %(start)s, json_strip_nulls(json_build_object(
    'paces', paces.counts, 'points', points.counts, 'first_points', first_points.counts, 'durations', durations.counts,
    'agents', agents.counts, 'addresses', addresses.counts, 'scores', scores.counts,
    'users', json_build_object('users', (SELECT count(DISTINCT user_id) FROM turns))
))
FROM paces, points, first_points, durations, agents, addresses, scores
ON CONFLICT DO NOTHING
