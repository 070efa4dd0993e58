-- A cached board and the number of users, both from one moment.
-- KEYS: cached board, ready, ranks. Returns {board ('': none), number of users (-1: unknown)}.
local payload = redis.pcall('GET', KEYS[1])
-- A key of another type counts as no board; storing a board replaces it.
if type(payload) ~= 'string' then payload = '' end
local total = redis.call('EXISTS', KEYS[2]) == 1 and redis.pcall('ZCARD', KEYS[3])
return {payload, type(total) == 'number' and total or -1}
