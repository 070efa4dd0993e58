-- Records the users' new standings, and drops the cached boards that could show the change.
-- KEYS: ranks, members, next changes, rebuild, ready, built, generation, then one cached board per size.
-- ARGV: database identity, number of fields per user, the sizes of those boards, and the users as one MessagePack list,
-- which costs the client less than as many arguments. For each user: id, -score, last_updated (16 digits of
-- microseconds), version. A fifth field is the value that the hash must still hold for the user ('': none); the standing
-- then replaces it, whatever the versions are.
-- Returns two ranks per user, before (-1: none) and now, from 0, or an empty array while the index is not ready.
-- With five fields it returns how many users it replaced.
local FIRST_BOARD = 8
local boards = #KEYS - FIRST_BOARD + 1
local identity, fields, users = ARGV[1], tonumber(ARGV[2]), cmsgpack.unpack(ARGV[boards + 3])

-- The values of `built`, `ready` and `rebuild` begin with the identity of their database.
local ready = redis.call('GET', KEYS[5])
local kept_built = ready or redis.call('GET', KEYS[6])
local built = kept_built and string.sub(kept_built, 1, #identity) == identity
ready = ready and built
local rebuilding = redis.call('GET', KEYS[4])
rebuilding = rebuilding and string.sub(rebuilding, 1, #identity) == identity
if kept_built and not built and not rebuilding then
  return redis.error_reply('FOREIGN The rank index belongs to another database')
end
local replaced, restored = 0, false

local function place(user, score, moment, version, expected)
  local kept = redis.call('HGET', KEYS[2], user)
  if expected then
    if (kept or '') ~= expected then return end
  elseif kept then
    local known = tonumber(string.sub(kept, 18))
    if known and known >= tonumber(version) then
      -- An older write that arrives late is ignored. A write with an older version and a later time shows that PostgreSQL
      -- was restored to an earlier state.
      if string.sub(kept, 1, 16) < moment then restored = true end
      return
    end
  end
  if kept then redis.call('ZREM', KEYS[1], string.sub(kept, 1, 16) .. ':' .. user) end
  -- In this order, a refused step leaves hash and sorted set with different sizes, which the next check notices.
  redis.call('HSET', KEYS[2], user, moment .. ':' .. version)
  redis.call('ZADD', KEYS[1], score, moment .. ':' .. user)
  replaced = replaced + 1
end

local function rank_of(user)
  local kept = redis.call('HGET', KEYS[2], user)
  return kept and redis.call('ZRANK', KEYS[1], string.sub(kept, 1, 16) .. ':' .. user) or -1
end

-- All ranks before, then all writes, then all ranks after: the batch counts as one change.
local answer = {}
-- While the ranks are unknown, every cached board could show the change.
local best = ready and math.huge or 0

local function note_ranks(place_in_answer)
  for at = 1, #users, fields do
    local rank = rank_of(users[at])
    answer[(at - 1) / fields * 2 + place_in_answer] = rank
    if rank >= 0 and rank < best then best = rank end
  end
end

if ready then note_ranks(1) end
for at = 1, #users, fields do
  local user, score, moment, version = users[at], users[at + 1], users[at + 2], users[at + 3]
  -- A running rebuild applies this change after it has loaded all users.
  if rebuilding then redis.call('RPUSH', KEYS[3], user, score, moment, version) end
  if built then place(user, score, moment, version, fields == 5 and users[at + 4]) end
end
if restored then
  redis.call('DEL', KEYS[5], KEYS[6])
  ready, best, answer = false, 0, {}
end
if ready then note_ranks(2) end

local touched = false
for board = 1, boards do
  if best < tonumber(ARGV[board + 2]) then
    redis.call('DEL', KEYS[FIRST_BOARD + board - 1])
    touched = true
  end
end
if touched then bump(KEYS[7]) end
if fields == 5 then return {replaced} end
return answer
