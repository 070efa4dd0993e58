-- Where users are on the board, with the fields of Position in order. Unknown and hidden users are left out.
SELECT user_id, current_score, last_updated FROM users_scores WHERE user_id = ANY(%(user_ids)s) AND NOT is_hidden
