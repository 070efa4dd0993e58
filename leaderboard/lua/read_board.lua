-- A cached board and the number of users, as of one moment.
-- KEYS: cached board, ready, ranks. Returns {the board ('' : none), number of users (-1: not known)}.
local payload = redis.pcall('GET', KEYS[1])
-- A key of another kind holds no board: storing one replaces it.
if type(payload) ~= 'string' then payload = '' end
local total = redis.call('EXISTS', KEYS[2]) == 1 and redis.pcall('ZCARD', KEYS[3])
return {payload, type(total) == 'number' and total or -1}
