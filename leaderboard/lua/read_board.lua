-- A cached board and the number of users, both from one moment.
-- KEYS: cached board, ready, ranks. ARGV: database identity.
-- Returns {board ('': none), number of users (-1: unknown)}.
-- MGET reads a key of another type as missing. Storing a board replaces it.
local kept = redis.call('MGET', KEYS[2], KEYS[1])
local ready = kept[1]
-- If the index belongs to another database, so do the cached boards.
if ready and string.sub(ready, 1, #ARGV[1]) ~= ARGV[1] then return {'', -1} end
return {kept[2] or '', ready and redis.call('ZCARD', KEYS[3]) or -1}
