-- What earlier requests did: one row per request, with the fields of EarlierAction in order.
-- An event is never older than its request, so the condition on created_at skips older partitions.
SELECT event.action_id, request.request_id, event.action_type, event.score_increment,
    event.score_after AS new_score, event.created_at AS processed_at, request.user_id, request.fingerprint
FROM unnest(%(user_ids)s::text[], %(request_ids)s::text[]) AS sent (user_id, request_id)
JOIN score_requests AS request USING (user_id, request_id)
JOIN score_events AS event
    ON event.action_id = request.action_id AND event.created_at >= request.created_at - interval '1 day'
