-- Makes the caller the one loader of a board, unless there is one already.
-- KEYS: the board's loading lock, generation. ARGV: lock token, milliseconds to live.
-- Returns the current generation ('': no change was ever recorded), or false if another caller is loading.
-- A real lock always expires. One without an expiry is invalid.
if redis.call('PTTL', KEYS[1]) == -1 then redis.call('DEL', KEYS[1]) end
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return false end
local generation = redis.pcall('GET', KEYS[2])
return type(generation) == 'string' and generation or ''
