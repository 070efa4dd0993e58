-- Adds users to the index that is being rebuilt. What `record` wrote meanwhile is newer and stays.
-- KEYS: rebuild, next ranks, next members. ARGV: token, seconds to live, number of users (1000 at most: Lua passes some
-- thousands of arguments), then all the pairs -score, member of the sorted set, then all the pairs user, value of the
-- hash, then all the users. Returns 0 when the rebuild is no longer this one's.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('EXPIRE', KEYS[1], ARGV[2])

local count = tonumber(ARGV[3])
local first_rank, first_value, first_user = 4, 4 + 2 * count, 4 + 4 * count
local kept = redis.call('HMGET', KEYS[3], unpack(ARGV, first_user, first_user + count - 1))

local function version(value) return tonumber(string.sub(value, 18)) end

local function place(at)
  local user, value, old = ARGV[first_user + at], ARGV[first_value + 2 * at + 1], kept[at + 1]
  if old then
    if version(old) >= version(value) then return end
    redis.call('ZREM', KEYS[2], string.sub(old, 1, 16) .. ':' .. user)
  end
  redis.call('ZADD', KEYS[2], ARGV[first_rank + 2 * at], ARGV[first_rank + 2 * at + 1])
  redis.call('HSET', KEYS[3], user, value)
end

local is_any_known = false
for at = 1, count do is_any_known = is_any_known or kept[at] end

if is_any_known then
  for at = 0, count - 1 do place(at) end
else
  -- Nearly always: two commands for all of them, of arguments as they came.
  redis.call('ZADD', KEYS[2], unpack(ARGV, first_rank, first_value - 1))
  redis.call('HSET', KEYS[3], unpack(ARGV, first_value, first_user - 1))
end
return 1
