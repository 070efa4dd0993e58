-- Who did at least so many actions in the window, and how many they do on average in ten minutes in which they play.
SELECT busy.user_id, busy.actions, busy.points, COALESCE(own.pace, 0)::float8 AS own_pace
FROM (
    SELECT user_id, count(*) AS actions, sum(score_increment)::bigint AS points
    FROM reported_events
    WHERE created_at >= %(start)s AND created_at < %(end)s
    GROUP BY user_id
    HAVING count(*) >= %(fewest)s
) AS busy
CROSS JOIN LATERAL (
    SELECT avg(actions) AS pace
    FROM (
        SELECT count(*) AS actions
        FROM reported_events AS event
        WHERE event.user_id = busy.user_id
            AND event.created_at >= %(start)s - interval '7 days' AND event.created_at < %(start)s
        GROUP BY date_bin('10 minutes', event.created_at, 'epoch')
    ) AS turns
) AS own
ORDER BY busy.user_id
