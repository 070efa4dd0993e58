-- Finds the rows of an import that are already in the ledger, as an EarlierEvent each: by request id, or because the row
-- was exported from this board. Reads the events, because request ids in score_requests are purged.
SELECT sent.place, event.action_type, event.score_increment, event.metadata, false AS is_of_our_board
FROM unnest(%(user_ids)s::text[], %(request_ids)s::text[]) WITH ORDINALITY AS sent (user_id, request_id, place)
JOIN score_events AS event USING (user_id, request_id)
UNION ALL
SELECT sent.place, '', 0, NULL, true
FROM unnest(%(user_ids)s::text[], %(scores)s::bigint[], %(moments)s::timestamptz[])
    WITH ORDINALITY AS sent (user_id, score, moment, place)
WHERE sent.moment IS NOT NULL AND (EXISTS (
    SELECT FROM score_events AS event
    WHERE event.user_id = sent.user_id AND event.created_at = sent.moment AND event.score_after = sent.score
) OR EXISTS (
    SELECT FROM users_scores AS kept
    WHERE kept.user_id = sent.user_id AND kept.last_updated = sent.moment AND kept.current_score = sent.score
))
