-- Takes a user out of the index and drops every cached board.
-- KEYS: ranks, members, next ranks, next members, rebuild, ready, generation, then a cached board a size. ARGV: user id.
local user = ARGV[1]

local function remove(ranks, members)
  local kept = redis.call('HGET', members, user)
  if kept then
    redis.call('ZREM', ranks, string.sub(kept, 1, 16) .. ':' .. user)
    redis.call('HDEL', members, user)
  end
end

remove(KEYS[1], KEYS[2])
remove(KEYS[3], KEYS[4])
for board = 8, #KEYS do
  redis.call('DEL', KEYS[board])
end
-- A loader that read before must not store what it read. After a flush the generation starts from the clock.
if redis.call('EXISTS', KEYS[7]) == 0 then
  local time = redis.call('TIME')
  redis.call('SET', KEYS[7], time[1] .. string.format('%06d', time[2]))
end
redis.call('INCR', KEYS[7])
