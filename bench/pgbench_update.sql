-- What PostgreSQL alone does with single updates: pgbench runs the statement of PUT /api/v1/scores/update, which is
-- scores/sql/apply_score_actions.sql. Only its parameter is an expression here: an action of one of 20,000 users, with
-- a UUID in the order of time, as the server makes them. A test keeps the rest equal. Use a database in which nobody
-- plays, after `manage.py migrate` and `manage.py maintain_partitions`. Run it twice, for the first run adds the users.
-- Compare its transactions a second with the requests of `bench/requests.py` over as many connections, the two in turn:
--     pgbench -n -M prepared -c 32 -j 2 -T 30 -f bench/pgbench_update.sql "$DATABASE_URL"
\set user random(1, 20000)
WITH priced AS MATERIALIZED (
    SELECT user_id COLLATE "C" AS user_id, username, request_id COLLATE "C" AS request_id, sent.action_type,
        metadata::json AS metadata, fingerprint, 'event_' || uuid AS event_id, 'action_' || uuid AS action_id,
        ip_address, user_agent, points, position,
        COALESCE(
            points,
            CASE WHEN is_ruled THEN refuse_unjudged(sent.action_type) ELSE action_types.score_value END
        ) AS score_value
    FROM ROWS FROM (
        json_to_recordset((
            SELECT format(
                '[{"user_id":"bench-%1$s","username":"Player %1$s","request_id":"api_%2$s","action_type":"BOSS_DEFEAT",'
                '"metadata":"{\"level\": 5}","fingerprint":"\\x%3$s","uuid":"%2$s","ip_address":"192.0.2.9",'
                '"user_agent":"pgbench","points": null}]',
                :user::integer,
                overlay(gen_random_uuid()::text PLACING left(ms, 8) || '-' || right(ms, 4) || '-7' FROM 1),
                repeat('ab', 32)
            )
            FROM lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') AS ms
        )::json) AS (
            user_id text, username text, request_id text, action_type text, metadata text, fingerprint bytea,
            uuid text, ip_address text, user_agent text, points bigint
        )
    ) WITH ORDINALITY AS sent (
        user_id, username, request_id, action_type, metadata, fingerprint, uuid, ip_address, user_agent, points,
        position
    )
    JOIN action_types ON action_types.action_type = sent.action_type
        AND (action_types.is_active OR points IS NOT NULL)
), claimed AS (
    INSERT INTO score_requests (user_id, request_id, action_id, fingerprint, created_at)
    SELECT user_id, request_id, action_id, fingerprint, clock_timestamp()
    FROM priced
    ORDER BY user_id, request_id, position
    ON CONFLICT (user_id, request_id) DO NOTHING
    RETURNING action_id
), accepted AS MATERIALIZED (
    SELECT priced.*,
        sum(score_value) OVER running AS running_increment,
        sum(score_value) OVER whole AS whole_increment,
        count(*) OVER whole AS whole_events,
        count(*) FILTER (WHERE points IS NULL OR starts_with(request_id, 'approval of ')) OVER whole AS whole_actions,
        last_value(username) OVER whole AS last_username,
        (SELECT clock_timestamp()) + (position - 1) * interval '1 microsecond' AS came_at
    FROM priced
    JOIN claimed ON claimed.action_id = priced.action_id
    WINDOW running AS (PARTITION BY user_id ORDER BY position ROWS UNBOUNDED PRECEDING),
        whole AS (PARTITION BY user_id ORDER BY position ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
), scored AS (
    INSERT INTO users_scores AS kept (
        user_id, username, current_score, last_updated, total_actions, version, created_at
    )
    SELECT DISTINCT ON (user_id) user_id, last_username, whole_increment, came_at, whole_actions, whole_events, came_at
    FROM accepted
    ORDER BY user_id, position
    ON CONFLICT (user_id) DO UPDATE SET
        username = excluded.username,
        current_score = kept.current_score + excluded.current_score,
        total_actions = kept.total_actions + excluded.total_actions,
        version = kept.version + CASE WHEN kept.is_held THEN refuse_held(kept.user_id) ELSE excluded.version END,
        last_updated = CASE
            WHEN excluded.current_score = 0 THEN kept.last_updated
            ELSE GREATEST(kept.last_updated + interval '1 microsecond', clock_timestamp())
        END
    RETURNING user_id, current_score, last_updated, version, is_hidden,
        GREATEST(last_updated, clock_timestamp()) AS answered_at
), event AS MATERIALIZED (
    SELECT accepted.*, current_score, last_updated, version, is_hidden,
        (current_score - whole_increment + running_increment)::bigint AS score_after,
        CASE WHEN whole_increment = 0 AND version > whole_events THEN answered_at ELSE last_updated END AS created_at
    FROM accepted
    JOIN scored USING (user_id)
), recorded AS (
    INSERT INTO score_events (
        event_id, user_id, action_id, request_id, action_type, score_increment, score_after,
        metadata, ip_address, user_agent, created_at
    )
    SELECT event_id, user_id, action_id, request_id, action_type, score_value, score_after,
        metadata, ip_address, user_agent, created_at
    FROM event
)
SELECT action_id, request_id, action_type, score_value AS score_increment, score_after AS new_score,
    created_at AS processed_at, position, user_id, current_score, last_updated, version,
    is_hidden
FROM event;
