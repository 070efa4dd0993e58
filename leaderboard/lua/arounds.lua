-- Users' ranks and neighbours, all from one moment.
-- KEYS: ranks, members, ready. ARGV: database identity, then for each user: id, radius.
-- Returns {number of users, {{rank from 0 (-1: not on the board), rank of the first row, {member, score, ...}}, ...}}.
-- Returns an empty array while the index is not ready.
local ready = redis.call('GET', KEYS[3])
if not ready or string.sub(ready, 1, #ARGV[1]) ~= ARGV[1] then return {} end

local function around(user, radius)
  local kept = redis.call('HGET', KEYS[2], user)
  local rank = kept and redis.call('ZRANK', KEYS[1], string.sub(kept, 1, 16) .. ':' .. user)
  if not rank then return {-1, 0, {}} end
  if radius == 0 then return {rank, rank, {}} end
  local first = math.max(0, rank - radius)
  return {rank, first, redis.call('ZRANGE', KEYS[1], first, rank + radius, 'WITHSCORES')}
end

local answer = {}
for at = 2, #ARGV, 2 do
  answer[at / 2] = around(ARGV[at], tonumber(ARGV[at + 1]))
end
return {redis.call('ZCARD', KEYS[1]), answer}
