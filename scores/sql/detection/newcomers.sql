-- Who got at least so many points in the window, and was new in it or in the ten minutes before.
SELECT user_id, actions, points
FROM (
    SELECT user_id, count(*) AS actions, sum(score_increment)::bigint AS points
    FROM reported_events
    WHERE created_at >= %(start)s AND created_at < %(end)s
    GROUP BY user_id
    HAVING sum(score_increment) >= %(fewest)s
) AS gains
JOIN users_scores USING (user_id)
WHERE users_scores.created_at >= %(start)s - interval '10 minutes'
ORDER BY user_id
