-- Which of the users a moderator holds: one row each. Locks all of them until the end of the transaction: the write gets
-- a time later than all that they did before, so that no tally has counted past it.
WITH locked AS MATERIALIZED (
    SELECT user_id, is_held FROM users_scores
    WHERE user_id = ANY(%(user_ids)s::text[])
    ORDER BY user_id COLLATE "C"
    FOR UPDATE
)
SELECT user_id FROM locked WHERE is_held
