-- Which of the users a moderator holds: one row each.
SELECT user_id FROM users_scores WHERE user_id = ANY(%(user_ids)s::text[]) AND is_held
