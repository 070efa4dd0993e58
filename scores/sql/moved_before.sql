-- When each user's score last changed before the given actions, or when the user was created if it never did.
-- One row per user, in order, also for a user who was erased meanwhile: their action is committed and has an answer.
-- Not `<`: if the clock stepped back, the event before can have the same time.
SELECT COALESCE(
    (
        SELECT event.created_at FROM score_events AS event
        WHERE event.user_id = sent.user_id AND event.created_at <= sent.moment
            AND event.score_increment <> 0 AND event.action_id <> ALL(%(action_ids)s::text[])
        ORDER BY event.created_at DESC
        LIMIT 1
    ),
    kept.created_at,
    sent.moment
)
FROM unnest(%(user_ids)s::text[], %(moments)s::timestamptz[]) WITH ORDINALITY AS sent (user_id, moment, place)
LEFT JOIN users_scores AS kept USING (user_id)
ORDER BY place
