-- Writes the ranks of the next batch of users in the board's order. Rows whose rank is right are not touched.
-- Locks rows in the order of user ids, like the write path. Returns how many rows were seen and changed, and the last.
WITH batch AS MATERIALIZED (
    SELECT user_id, current_score, last_updated,
        %(rank)s + row_number() OVER (ORDER BY current_score DESC, last_updated, user_id) AS new_rank
    FROM (
        -- Two ranges of idx_score_rank, so that millions of equal scores are not read again for each batch.
        (
            SELECT user_id, current_score, last_updated
            FROM users_scores
            WHERE NOT is_hidden AND current_score = %(score)s AND (last_updated, user_id) > (%(moment)s, %(user_id)s)
            ORDER BY last_updated, user_id
            LIMIT %(batch)s
        ) UNION ALL (
            SELECT user_id, current_score, last_updated
            FROM users_scores
            WHERE NOT is_hidden AND current_score < %(score)s
            ORDER BY current_score DESC, last_updated, user_id
            LIMIT %(batch)s
        )
        ORDER BY current_score DESC, last_updated, user_id
        LIMIT %(batch)s
    ) AS following
), locked AS MATERIALIZED (
    SELECT users_scores.user_id, batch.new_rank
    FROM users_scores JOIN batch USING (user_id)
    WHERE users_scores.rank IS DISTINCT FROM batch.new_rank
    ORDER BY users_scores.user_id
    FOR NO KEY UPDATE OF users_scores
), changed AS (
    UPDATE users_scores SET rank = locked.new_rank FROM locked WHERE users_scores.user_id = locked.user_id
    RETURNING 1
), last AS (
    SELECT * FROM batch ORDER BY new_rank DESC LIMIT 1
)
SELECT (SELECT count(*) FROM batch), (SELECT count(*) FROM changed), last.current_score, last.last_updated, last.user_id
FROM (SELECT 1) AS one LEFT JOIN last ON true
