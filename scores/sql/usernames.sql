-- Usernames by user id. Unknown users are left out.
SELECT user_id, username FROM users_scores WHERE user_id = ANY(%(user_ids)s)
