-- Adds users to the index that is being rebuilt. What `record` wrote meanwhile is newer and stays.
-- KEYS: rebuild, next ranks, next members. ARGV: token, seconds to live, then as in record.lua.
-- Returns 0 when the rebuild is no longer this one's.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('EXPIRE', KEYS[1], ARGV[2])
for at = 3, #ARGV, 4 do
  local user, moment, version = ARGV[at], ARGV[at + 2], ARGV[at + 3]
  local kept = redis.call('HGET', KEYS[3], user)
  if not kept or tonumber(string.sub(kept, 18)) < tonumber(version) then
    if kept then redis.call('ZREM', KEYS[2], string.sub(kept, 1, 16) .. ':' .. user) end
    redis.call('ZADD', KEYS[2], ARGV[at + 1], moment .. ':' .. user)
    redis.call('HSET', KEYS[3], user, moment .. ':' .. version)
  end
end
return 1
