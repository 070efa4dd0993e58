-- Sets the marker of a rebuild, unless another rebuild is under way.
-- KEYS: rebuild, doubts, next ranks, next members, next changes. ARGV: token, seconds to live.
-- Returns the current value of `doubts`, or false if another rebuild is under way.
-- A marker always expires. One without an expiry is invalid, and would block every rebuild.
if redis.call('PTTL', KEYS[1]) == -1 then redis.call('DEL', KEYS[1]) end
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[2]) then return false end
redis.call('UNLINK', KEYS[3], KEYS[4], KEYS[5])
local doubts = redis.pcall('GET', KEYS[2])
return type(doubts) == 'string' and doubts or ''
