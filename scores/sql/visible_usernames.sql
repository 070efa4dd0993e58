-- Usernames by user id, for boards. Unknown and hidden users are left out.
SELECT user_id, username FROM users_scores WHERE user_id = ANY(%(user_ids)s) AND NOT is_hidden
