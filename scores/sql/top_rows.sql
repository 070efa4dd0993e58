-- The first rows of the board, with the fields of BoardRow in order.
SELECT user_id, username, current_score, last_updated
FROM users_scores
WHERE NOT is_hidden
ORDER BY current_score DESC, last_updated, user_id
LIMIT %(limit)s OFFSET %(offset)s
