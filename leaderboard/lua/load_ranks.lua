-- Adds users to the index that is being rebuilt. What `record` wrote meanwhile is newer and stays.
-- KEYS: rebuild, next ranks, next members. ARGV: token, seconds to live, then as in record.lua.
-- Returns 0 when the rebuild is no longer this one's.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('EXPIRE', KEYS[1], ARGV[2])

-- Many users a command: a command each would cost more than what it does. Lua passes some thousands of arguments at most.
local USERS_A_COMMAND = 1000

local function load(first, last)
  local users = {}
  for at = first, last, 4 do users[#users + 1] = ARGV[at] end
  local kept = redis.call('HMGET', KEYS[3], unpack(users))
  local ranks, members = {}, {}
  for place, user in ipairs(users) do
    local at = first + (place - 1) * 4
    local moment, version, old = ARGV[at + 2], ARGV[at + 3], kept[place]
    if not old or tonumber(string.sub(old, 18)) < tonumber(version) then
      if old then redis.call('ZREM', KEYS[2], string.sub(old, 1, 16) .. ':' .. user) end
      ranks[#ranks + 1], ranks[#ranks + 2] = ARGV[at + 1], moment .. ':' .. user
      members[#members + 1], members[#members + 2] = user, moment .. ':' .. version
    end
  end
  if #ranks > 0 then
    redis.call('ZADD', KEYS[2], unpack(ranks))
    redis.call('HSET', KEYS[3], unpack(members))
  end
end

for first = 3, #ARGV, 4 * USERS_A_COMMAND do
  load(first, math.min(#ARGV, first + 4 * USERS_A_COMMAND - 1))
end
return 1
