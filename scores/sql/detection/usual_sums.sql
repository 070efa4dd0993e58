-- What was counted under this name in the hours between, summed.
SELECT key, sum(value::bigint)::bigint
FROM usual_hours, jsonb_each_text(counts -> %(name)s)
WHERE hour >= %(since)s AND hour < %(until)s
GROUP BY key
