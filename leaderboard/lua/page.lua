-- A page of the index and the number of all users, both from one moment.
-- KEYS: ranks, ready. ARGV: first and last rank, from 0.
-- Returns {number of users, {member, score, ...}}, or an empty array while the index is not ready.
if redis.call('EXISTS', KEYS[2]) == 0 then return {} end
return {redis.call('ZCARD', KEYS[1]), redis.call('ZRANGE', KEYS[1], ARGV[1], ARGV[2], 'WITHSCORES')}
