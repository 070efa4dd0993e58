-- Counts, for each position on the board, the other users ahead of it, by idx_score_rank. One row per position, in order.
SELECT 1 + (
    SELECT count(*) FROM users_scores AS other
    WHERE NOT other.is_hidden AND other.current_score >= sent.score
        AND (other.current_score > sent.score OR (other.last_updated, other.user_id) < (sent.moment, sent.user_id))
        AND other.user_id <> sent.user_id
)
FROM unnest(%(user_ids)s::text[], %(scores)s::bigint[], %(moments)s::timestamptz[])
    WITH ORDINALITY AS sent (user_id, score, moment, place)
ORDER BY place
