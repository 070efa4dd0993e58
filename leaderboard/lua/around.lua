-- A user's rank and neighbours, all from one moment.
-- KEYS: ranks, members, ready. ARGV: database identity, user id, radius.
-- Returns {number of users, rank from 0 (-1: not on the board), rank of the first row, {member, score, ...}}.
-- Returns an empty array while the index is not ready.
local ready = redis.call('GET', KEYS[3])
if not ready or string.sub(ready, 1, #ARGV[1]) ~= ARGV[1] then return {} end
local total = redis.call('ZCARD', KEYS[1])
local kept = redis.call('HGET', KEYS[2], ARGV[2])
local rank = kept and redis.call('ZRANK', KEYS[1], string.sub(kept, 1, 16) .. ':' .. ARGV[2])
if not rank then return {total, -1, 0, {}} end
local first = math.max(0, rank - ARGV[3])
return {total, rank, first, redis.call('ZRANGE', KEYS[1], first, rank + ARGV[3], 'WITHSCORES')}
