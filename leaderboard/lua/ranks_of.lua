-- KEYS: ranks, members, ready. ARGV: database identity, then user ids.
-- Returns one rank per user, from 0 (-1: not on the board), or an empty array while the index is not ready.
local ready = redis.call('GET', KEYS[3])
if not ready or string.sub(ready, 1, #ARGV[1]) ~= ARGV[1] then return {} end
local answer = {}
for at = 2, #ARGV do
  local kept = redis.call('HGET', KEYS[2], ARGV[at])
  answer[at - 1] = kept and redis.call('ZRANK', KEYS[1], string.sub(kept, 1, 16) .. ':' .. ARGV[at]) or -1
end
return answer
