-- Removes a user from the index and drops every cached board. Another standing can take the user's place.
-- KEYS: ranks, members, next changes, rebuild, ready, built, generation, then one cached board per size.
-- ARGV: database identity, user id; then, if another standing is added: its user id, -score, last_updated, version.
local FIRST_BOARD = 8
local identity, user = ARGV[1], ARGV[2]
local other, score, moment, version = ARGV[3], ARGV[4], ARGV[5], ARGV[6]
-- The values of `built` and `rebuild` begin with the identity of their database.
local state = redis.call('MGET', KEYS[6], KEYS[4])
local built = state[1] and string.sub(state[1], 1, #identity) == identity
local rebuilding = state[2] and string.sub(state[2], 1, #identity) == identity

local kept = (built or not state[1]) and redis.call('HGET', KEYS[2], user)
if kept then
  redis.call('ZREM', KEYS[1], string.sub(kept, 1, 16) .. ':' .. user)
  redis.call('HDEL', KEYS[2], user)
end
if other and built then
  redis.call('HSET', KEYS[2], other, moment .. ':' .. version)
  redis.call('ZADD', KEYS[1], score, moment .. ':' .. other)
end
if rebuilding then
  -- A change without a score: a running rebuild removes the user after it has loaded all users.
  redis.call('RPUSH', KEYS[3], user, '', '', '')
  if other then redis.call('RPUSH', KEYS[3], other, score, moment, version) end
end
for board = FIRST_BOARD, #KEYS do
  redis.call('DEL', KEYS[board])
end
bump(KEYS[7])
