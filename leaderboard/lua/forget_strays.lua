-- Removes entries of users who do not exist.
-- KEYS: ranks, members. ARGV: for each entry: user id, last_updated (16 digits). Returns how many entries were removed.
local gone = 0
for at = 1, #ARGV, 2 do
  local user, moment = ARGV[at], ARGV[at + 1]
  gone = gone + redis.call('ZREM', KEYS[1], moment .. ':' .. user)
  local kept = redis.call('HGET', KEYS[2], user)
  -- A user who has come back in the meantime has another time.
  if kept and string.sub(kept, 1, 16) == moment then redis.call('HDEL', KEYS[2], user) end
end
return gone
