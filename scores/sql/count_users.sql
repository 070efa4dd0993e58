-- The number of all users.
SELECT count(*) FROM users_scores
