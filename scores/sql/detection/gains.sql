-- Who got at least so many points in the window, the score after it, and the score a day before that or at the start.
SELECT gains.user_id, points, before, after
FROM (
    SELECT user_id, sum(score_increment)::bigint AS points
    FROM reported_events
    WHERE created_at >= %(start)s AND created_at < %(end)s
    GROUP BY user_id
    HAVING sum(score_increment) >= %(fewest)s
) AS gains
CROSS JOIN LATERAL (
    SELECT score_after - score_increment AS before
    FROM score_events AS event
    WHERE event.user_id = gains.user_id AND created_at >= %(end)s - interval '1 day' AND created_at < %(end)s
    ORDER BY created_at, event_id
    LIMIT 1
) AS first
CROSS JOIN LATERAL (
    SELECT score_after AS after
    FROM score_events AS event
    WHERE event.user_id = gains.user_id AND created_at >= %(start)s AND created_at < %(end)s
    ORDER BY created_at DESC, event_id DESC
    LIMIT 1
) AS last
ORDER BY gains.user_id
