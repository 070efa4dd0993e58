-- Removes a user from the index and drops every cached board.
-- KEYS: ranks, members, next changes, rebuild, ready, generation, then one cached board per size. ARGV: user id.
local user = ARGV[1]

local kept = redis.call('HGET', KEYS[2], user)
if kept then
  redis.call('ZREM', KEYS[1], string.sub(kept, 1, 16) .. ':' .. user)
  redis.call('HDEL', KEYS[2], user)
end
-- A change without a score: a running rebuild removes the user after it has loaded all users.
if redis.call('EXISTS', KEYS[4]) == 1 then redis.call('RPUSH', KEYS[3], user, '', '', '') end
for board = 7, #KEYS do
  redis.call('DEL', KEYS[board])
end
-- A loader that has already read must not store its board. After a flush, the generation starts at the current time.
if redis.call('EXISTS', KEYS[6]) == 0 then
  local time = redis.call('TIME')
  redis.call('SET', KEYS[6], time[1] .. string.format('%06d', time[2]))
end
redis.call('INCR', KEYS[6])
