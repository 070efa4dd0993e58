-- Pages of the index and the number of all users, all from one moment.
-- KEYS: ranks, ready. ARGV: database identity, then for each page: first and last rank, from 0.
-- Returns {number of users, {{member, score, ...}, ...}}, or an empty array while the index is not ready.
local ready = redis.call('GET', KEYS[2])
if not ready or string.sub(ready, 1, #ARGV[1]) ~= ARGV[1] then return {} end
local answer = {}
for at = 2, #ARGV, 2 do
  answer[at / 2] = redis.call('ZRANGE', KEYS[1], ARGV[at], ARGV[at + 1], 'WITHSCORES')
end
return {redis.call('ZCARD', KEYS[1]), answer}
