-- Applies many actions at once: claims the request ids, adds to the scores, writes the ledger; all or nothing.
-- Fails with SB001 if a type has rules or a moderator holds a user: scores/services/judged.py looks at that.
-- Returns one row for each action that was applied, with the fields of AppliedAction in order. The other actions are
-- duplicates or have no active action type.
-- Claims request ids and locks scores in one order (user, then request), so that two batches cannot deadlock.
-- For few actions most of the time goes into starting and ending the plan: each step and column costs.
WITH priced AS MATERIALIZED (
    SELECT user_id COLLATE "C" AS user_id, username, request_id COLLATE "C" AS request_id, sent.action_type,
        metadata::json AS metadata, fingerprint, 'event_' || uuid AS event_id, 'action_' || uuid AS action_id,
        ip_address, user_agent, points, position,
        COALESCE(
            points,
            -- scores/services/writes.py takes it out once the rules have been looked at.
            CASE WHEN is_ruled THEN refuse_unjudged(sent.action_type) ELSE action_types.score_value END
        ) AS score_value
    -- One JSON parameter: encoding ten arrays would cost the client more than the statement costs PostgreSQL.
    FROM ROWS FROM (
        json_to_recordset(%(actions)s::json) AS (
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
        -- Opening balances and corrections have points: they are not actions of the user. Approved actions are.
        count(*) FILTER (WHERE points IS NULL OR starts_with(request_id, 'approval of ')) OVER whole AS whole_actions,
        last_value(username) OVER whole AS last_username,
        -- For new users. The clock is read once, after the claims, and the times are one microsecond apart, in the
        -- order of the actions: the first to reach a score stays ahead.
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
        -- Changes only with the score, and always goes on, whatever the server's clock does.
        last_updated = CASE
            WHEN excluded.current_score = 0 THEN kept.last_updated
            ELSE GREATEST(kept.last_updated + interval '1 microsecond', clock_timestamp())
        END
    RETURNING user_id, current_score, last_updated, version, is_hidden,
        GREATEST(last_updated, clock_timestamp()) AS answered_at
), event AS MATERIALIZED (
    -- No event without a row of `scored`, which stays locked until the commit: the ledger has no foreign key.
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
FROM event
