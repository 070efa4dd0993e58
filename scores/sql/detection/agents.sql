-- The agents, without those that are usual, that at least so many users had, and who they were.
SELECT agent_family, array_agg(DISTINCT user_id ORDER BY user_id) AS user_ids, min(user_agent) AS example
FROM (
    SELECT agent_family, user_agent, user_id
    FROM reported_events
    WHERE created_at >= %(start)s AND created_at < %(end)s AND user_agent <> ''
        AND agent_family <> ALL(%(usual_agents)s)
        AND (NULLIF(ip_address, '')::inet <<= ANY(%(game_servers)s::inet[])) IS NOT TRUE
    GROUP BY 1, 2, 3
) AS pairs
GROUP BY 1
HAVING count(DISTINCT user_id) >= %(fewest)s
ORDER BY 1
