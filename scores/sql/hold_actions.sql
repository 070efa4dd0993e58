-- Claims the request ids of actions, and keeps the actions aside for a moderator.
-- Returns one row for each action that was new, with the fields of QuarantinedAction in order.
WITH sent AS MATERIALIZED (
    SELECT sent.*, action_types.score_value, COALESCE(users_scores.current_score, 0) AS score_then
    FROM ROWS FROM (
        json_to_recordset(%(actions)s::json) AS (
            user_id text, username text, request_id text, action_type text, metadata text, fingerprint bytea,
            uuid text, ip_address text, user_agent text
        )
    ) WITH ORDINALITY AS sent (
        user_id, username, request_id, action_type, metadata, fingerprint, uuid, ip_address, user_agent, position
    )
    JOIN action_types USING (action_type)
    LEFT JOIN users_scores ON users_scores.user_id = sent.user_id COLLATE "C"
), claimed AS (
    INSERT INTO score_requests (user_id, request_id, action_id, fingerprint, created_at)
    SELECT user_id, request_id, 'action_' || uuid, fingerprint, %(moment)s::timestamptz
    FROM sent
    ORDER BY user_id COLLATE "C", request_id COLLATE "C", position
    ON CONFLICT (user_id, request_id) DO NOTHING
    RETURNING action_id
), held AS (
    -- In the order of the actions: they are approved in the order of their times.
    INSERT INTO held_actions (
        action_id, user_id, username, request_id, action_type, score_increment, score_then, metadata, ip_address,
        user_agent, created_at
    )
    SELECT 'action_' || uuid, user_id, username, request_id, action_type, score_value, score_then, metadata::json,
        ip_address, user_agent, %(moment)s::timestamptz + (position - 1) * interval '1 microsecond'
    FROM sent
    JOIN claimed ON claimed.action_id = 'action_' || sent.uuid
    RETURNING action_id, request_id, action_type, score_increment, score_then, created_at
)
SELECT held.*, sent.position, sent.user_id FROM held JOIN sent ON held.action_id = 'action_' || sent.uuid
