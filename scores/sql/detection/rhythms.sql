-- How even the gaps between a user's actions are: of ten gaps one is shorter than p10, five than p50, nine than p90, in
-- seconds. Actions that came in one batch have no gap between them. A game server has a rhythm of its own.
SELECT user_id, gaps, spread[1] AS p10, spread[2] AS p50, spread[3] AS p90
FROM (
    SELECT user_id, count(*) AS gaps, percentile_cont(ARRAY[0.1, 0.5, 0.9]) WITHIN GROUP (ORDER BY gap) AS spread
    FROM (
        SELECT user_id, EXTRACT(epoch FROM created_at - lag(created_at) OVER (
            PARTITION BY user_id ORDER BY created_at
        ))::float8 AS gap
        FROM reported_events
        WHERE created_at >= %(start)s AND created_at < %(end)s
            AND (NULLIF(ip_address, '')::inet <<= ANY(%(game_servers)s::inet[])) IS NOT TRUE
    ) AS played
    WHERE gap > 0.01
    GROUP BY user_id
    HAVING count(*) >= %(fewest)s
) AS rhythms
ORDER BY user_id
