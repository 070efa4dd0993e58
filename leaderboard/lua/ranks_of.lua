-- KEYS: ranks, members, ready. ARGV: user ids.
-- Returns one rank per user, from 0 (-1: not on the board), or an empty array while the index is not ready.
if redis.call('EXISTS', KEYS[3]) == 0 then return {} end
local answer = {}
for at, user in ipairs(ARGV) do
  local kept = redis.call('HGET', KEYS[2], user)
  answer[at] = kept and redis.call('ZRANK', KEYS[1], string.sub(kept, 1, 16) .. ':' .. user) or -1
end
return answer
