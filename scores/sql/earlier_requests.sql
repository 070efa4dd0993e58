-- What earlier requests did: one row per request, with the fields of EarlierAction in order.
-- An event is never older than its request, so the condition on created_at skips older partitions.
-- An action that was held is answered as it was then, also once it was approved.
SELECT request.action_id, request.request_id, COALESCE(held.action_type, event.action_type) AS action_type,
    COALESCE(held.score_increment, event.score_increment) AS score_increment,
    COALESCE(held.score_then, event.score_after) AS new_score,
    COALESCE(held.created_at, event.created_at) AS processed_at, request.user_id, request.fingerprint,
    held.action_id IS NOT NULL AS is_held
FROM unnest(%(user_ids)s::text[], %(request_ids)s::text[]) AS sent (user_id, request_id)
JOIN score_requests AS request USING (user_id, request_id)
LEFT JOIN held_actions AS held ON held.action_id = request.action_id AND held.request_id = request.request_id
LEFT JOIN score_events AS event ON held.action_id IS NULL
    AND event.action_id = request.action_id AND event.created_at >= request.created_at - interval '1 day'
WHERE held.action_id IS NOT NULL OR event.action_id IS NOT NULL
