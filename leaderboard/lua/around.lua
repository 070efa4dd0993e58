-- A user's rank and neighbours, all from one moment.
-- KEYS: ranks, members, ready. ARGV: user id, radius.
-- Returns {number of users, rank from 0 (-1: not on the board), rank of the first row, {member, score, ...}}.
-- Returns an empty array while the index is not ready.
if redis.call('EXISTS', KEYS[3]) == 0 then return {} end
local total = redis.call('ZCARD', KEYS[1])
local kept = redis.call('HGET', KEYS[2], ARGV[1])
local rank = kept and redis.call('ZRANK', KEYS[1], string.sub(kept, 1, 16) .. ':' .. ARGV[1])
if not rank then return {total, -1, 0, {}} end
local first = math.max(0, rank - ARGV[2])
return {total, rank, first, redis.call('ZRANGE', KEYS[1], first, rank + ARGV[2], 'WITHSCORES')}
