-- Records the users' new standings, and drops the cached boards that could show the change.
-- KEYS: ranks, members, next changes, rebuild, ready, generation, then one cached board per size.
-- ARGV: the sizes of those boards, then for each user: id, -score, last_updated (16 digits of microseconds), version.
-- Returns two ranks per user, before (-1: none) and now, from 0, or an empty array while the index is not ready.
local FIRST_BOARD = 7
local boards = #KEYS - FIRST_BOARD + 1
local ready = redis.call('EXISTS', KEYS[5]) == 1
local rebuilding = redis.call('EXISTS', KEYS[4]) == 1

local function place(user, score, moment, version)
  local kept = redis.call('HGET', KEYS[2], user)
  if kept then
    -- An older write that arrives late is ignored.
    if tonumber(string.sub(kept, 18)) >= tonumber(version) then return end
    redis.call('ZREM', KEYS[1], string.sub(kept, 1, 16) .. ':' .. user)
  end
  redis.call('ZADD', KEYS[1], score, moment .. ':' .. user)
  redis.call('HSET', KEYS[2], user, moment .. ':' .. version)
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
  for at = boards + 1, #ARGV, 4 do
    local rank = rank_of(ARGV[at])
    answer[(at - boards - 1) / 2 + place_in_answer] = rank
    if rank >= 0 and rank < best then best = rank end
  end
end

if ready then note_ranks(1) end
for at = boards + 1, #ARGV, 4 do
  local user, score, moment, version = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  -- A running rebuild applies this change after it has loaded all users.
  if rebuilding then redis.call('RPUSH', KEYS[3], user, score, moment, version) end
  if ready then place(user, score, moment, version) end
end
if ready then note_ranks(2) end

local touched = false
for board = 1, boards do
  if best < tonumber(ARGV[board]) then
    redis.call('DEL', KEYS[FIRST_BOARD + board - 1])
    touched = true
  end
end
if touched then
  -- After a flush, the generation starts at the current time, so that no earlier value is used again.
  if redis.call('EXISTS', KEYS[6]) == 0 then
    local time = redis.call('TIME')
    redis.call('SET', KEYS[6], time[1] .. string.format('%06d', time[2]))
  end
  redis.call('INCR', KEYS[6])
end
return answer
