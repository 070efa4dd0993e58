-- Records where users stand now, and drops the cached boards that could show the change.
-- KEYS: ranks, members, next ranks, next members, rebuild, ready, generation, then a cached board a size.
-- ARGV: the sizes of those boards, then user id, -score, last_updated (16 digits of microseconds), total_actions, ...
-- Returns a pair a user: rank before (-1: none) and rank now, from 0. Returns nothing while the index is not ready.
local FIRST_BOARD = 8
local boards = #KEYS - FIRST_BOARD + 1
local ready = redis.call('EXISTS', KEYS[6]) == 1
local rebuilding = redis.call('EXISTS', KEYS[5]) == 1

local function place(ranks, members, user, score, moment, version)
  local kept = redis.call('HGET', members, user)
  local before
  if kept then
    before = string.sub(kept, 1, 16) .. ':' .. user
    -- A late, older write changes nothing.
    if tonumber(string.sub(kept, 18)) >= tonumber(version) then return before, before end
  end
  local now = moment .. ':' .. user
  if before and before ~= now then redis.call('ZREM', ranks, before) end
  redis.call('ZADD', ranks, score, now)
  redis.call('HSET', members, user, moment .. ':' .. version)
  return before, now
end

local answer = {}
local best = math.huge
for at = boards + 1, #ARGV, 4 do
  local user, score, moment, version = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  if rebuilding then place(KEYS[3], KEYS[4], user, score, moment, version) end
  if ready then
    local kept = redis.call('HGET', KEYS[2], user)
    local previous = -1
    if kept then
      previous = redis.call('ZRANK', KEYS[1], string.sub(kept, 1, 16) .. ':' .. user) or -1
    end
    local _, member = place(KEYS[1], KEYS[2], user, score, moment, version)
    local new = redis.call('ZRANK', KEYS[1], member) or -1
    answer[#answer + 1] = previous
    answer[#answer + 1] = new
    if previous >= 0 and previous < best then best = previous end
    if new < best then best = new end
  else
    -- Nobody knows the ranks: every cached board may be concerned.
    best = 0
  end
end

local touched = false
for board = 1, boards do
  if best < tonumber(ARGV[board]) then
    redis.call('DEL', KEYS[FIRST_BOARD + board - 1])
    touched = true
  end
end
if touched then
  -- After a flush the generation starts from the clock, so that no earlier one comes back.
  if redis.call('EXISTS', KEYS[7]) == 0 then
    local time = redis.call('TIME')
    redis.call('SET', KEYS[7], time[1] .. string.format('%06d', time[2]))
  end
  redis.call('INCR', KEYS[7])
end
return answer
