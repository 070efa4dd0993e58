-- Of these addresses, how many users were there on two days before: the second of its daily bests.
SELECT address_block, users
FROM (
    SELECT address_block, users, row_number() OVER (PARTITION BY address_block ORDER BY users DESC) AS place
    FROM (
        SELECT key AS address_block, max(value::int) AS users
        FROM usual_hours, jsonb_each_text(counts -> 'addresses')
        WHERE hour >= %(since)s AND hour < date_trunc('day', %(until)s, 'UTC') AND key = ANY(%(blocks)s)
        GROUP BY key, date_trunc('day', hour, 'UTC')
    ) AS days
) AS ordered
WHERE place = 2
