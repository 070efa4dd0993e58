-- The addresses behind which at least so many users were, and who they were.
SELECT address_block, array_agg(user_id ORDER BY user_id) AS user_ids
FROM (
    SELECT address_block, user_id, min(ip_address) AS ip_address
    FROM reported_events
    WHERE created_at >= %(start)s AND created_at < %(end)s AND ip_address <> ''
    GROUP BY 1, 2
) AS pairs
WHERE (ip_address::inet <<= ANY(%(game_servers)s::inet[])) IS NOT TRUE
GROUP BY 1
HAVING count(*) >= %(fewest)s
ORDER BY 1
