-- Who came from at least so many networks, and some of these.
SELECT user_id, networks, examples[:5] AS examples
FROM (
    SELECT user_id, count(*) AS networks, array_agg(network ORDER BY network) AS examples
    FROM (
        SELECT DISTINCT user_id, network
        FROM reported_events
        WHERE created_at >= %(start)s AND created_at < %(end)s AND ip_address <> ''
            AND (ip_address::inet <<= ANY(%(game_servers)s::inet[])) IS NOT TRUE
    ) AS pairs
    GROUP BY user_id
    HAVING count(*) >= %(fewest)s
) AS travels
ORDER BY user_id
