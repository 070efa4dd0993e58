-- Makes the caller the one loader of a board, unless there is one already.
-- KEYS: the board's loading lock, generation. ARGV: lock token, milliseconds to live.
-- Returns the current generation ('': no change was ever recorded), or false if another caller is loading.
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return false end
return redis.call('GET', KEYS[2]) or ''
