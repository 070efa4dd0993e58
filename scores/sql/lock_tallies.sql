-- Locks the tallies until the end of the transaction, and makes those that are missing. Whoever writes an action that
-- counts against a limit holds its tally, so that everything counted from here on stays as it is.
-- One row per tally, with the fields of Tally.
INSERT INTO action_tallies AS kept (user_id, action_type)
SELECT user_id, action_type
FROM unnest(%(user_ids)s::text[], %(action_types)s::text[]) AS needed (user_id, action_type)
ORDER BY user_id COLLATE "C", action_type COLLATE "C"
-- Changes nothing. Unlike DO NOTHING it waits for the lock, and returns the row as it is then.
ON CONFLICT (user_id, action_type) DO UPDATE SET total = kept.total
RETURNING user_id, action_type, total, last_at, day, day_total, counted_to
