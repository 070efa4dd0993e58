-- Users by id, with the fields of UserRow in order. Unknown and hidden users are left out.
SELECT user_id, username, current_score, last_updated, total_actions
FROM users_scores
WHERE user_id = ANY(%(user_ids)s) AND NOT is_hidden
