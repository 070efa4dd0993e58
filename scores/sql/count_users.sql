-- The number of all users on the board.
SELECT count(*) FROM users_scores WHERE NOT is_hidden
