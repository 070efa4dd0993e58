-- A user's neighbours on the board and the user, with the fields of BoardRow in order, in the board's order.
SELECT user_id, username, current_score, last_updated
FROM (
    (
        SELECT * FROM users_scores
        WHERE NOT is_hidden AND current_score >= %(score)s
            AND (current_score > %(score)s OR (last_updated, user_id) < (%(moment)s, %(user_id)s))
        ORDER BY current_score, last_updated DESC, user_id DESC
        LIMIT %(radius)s
    ) UNION ALL (
        SELECT * FROM users_scores
        WHERE NOT is_hidden AND current_score <= %(score)s
            AND (current_score < %(score)s OR (last_updated, user_id) >= (%(moment)s, %(user_id)s))
        ORDER BY current_score DESC, last_updated, user_id
        LIMIT %(radius)s + 1
    )
) AS near
ORDER BY current_score DESC, last_updated, user_id
