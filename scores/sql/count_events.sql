-- Whether the user exists, and how many score events the user has.
SELECT EXISTS (SELECT FROM users_scores WHERE user_id = %(user_id)s),
    (SELECT count(*) FROM score_events WHERE user_id = %(user_id)s)
