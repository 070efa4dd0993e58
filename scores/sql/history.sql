-- A page of a user's score events, newest first, with the fields of EventRow in order.
SELECT event_id, action_id, action_type, score_increment, created_at, metadata
FROM score_events
WHERE user_id = %(user_id)s
ORDER BY created_at DESC, event_id DESC
LIMIT %(limit)s OFFSET %(offset)s
