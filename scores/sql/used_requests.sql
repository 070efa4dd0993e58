-- The time, and the places of the actions whose request id is taken, from 1: one row, with the fields of Circumstances.
SELECT clock_timestamp() AS moment, ARRAY(
    SELECT place
    FROM unnest(%(user_ids)s::text[], %(request_ids)s::text[]) WITH ORDINALITY AS sent (user_id, request_id, place)
    JOIN score_requests USING (user_id, request_id)
) AS used
