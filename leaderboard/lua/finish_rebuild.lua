-- Applies some of the queued changes to the rebuilt index. When none are left, it replaces the live index with the
-- rebuilt one in the same step. Call it until it returns 0.
-- KEYS: rebuild, next ranks, next members, next changes, ranks, members, built, ready, doubts, generation, trash, then
-- one cached board per size. ARGV: token, seconds to live, how many changes to apply, current time in microseconds, value
-- of `doubts` when the rebuild began.
-- Returns how many changes are left; 0: the rebuilt index is live; -1: this rebuild was lost.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  -- A repeated call, because the answer to the first one was lost.
  return redis.pcall('GET', KEYS[7]) == ARGV[1] and 0 or -1
end
for key = 1, 4 do redis.call('EXPIRE', KEYS[key], ARGV[2]) end

local function remove(user, kept)
  redis.call('ZREM', KEYS[2], string.sub(kept, 1, 16) .. ':' .. user)
  redis.call('HDEL', KEYS[3], user)
end

local function apply(user, score, moment, version)
  local kept = redis.call('HGET', KEYS[3], user)
  -- An older change is ignored. A change without a score means that the user was forgotten.
  local known = kept and tonumber(string.sub(kept, 18))
  if known and score ~= '' and known >= tonumber(version) then return end
  if kept then remove(user, kept) end
  if score == '' then return end
  redis.call('ZADD', KEYS[2], score, moment .. ':' .. user)
  redis.call('HSET', KEYS[3], user, moment .. ':' .. version)
end

local changes = redis.call('LPOP', KEYS[4], 4 * ARGV[3]) or {}
for at = 1, #changes, 4 do
  apply(changes[at], changes[at + 1], changes[at + 2], changes[at + 3])
end
local left = redis.call('LLEN', KEYS[4]) / 4
if left > 0 then return left end

-- If a step of the replacement fails, no index must be left that processes would use.
redis.call('DEL', KEYS[7], KEYS[8])
for pair = 0, 1 do
  local next, live = KEYS[2 + pair], KEYS[5 + pair]
  -- Deleting millions of members would block Redis; UNLINK frees them in the background.
  if redis.call('EXISTS', live) == 1 then
    redis.call('RENAME', live, KEYS[11])
    redis.call('UNLINK', KEYS[11])
  end
  if redis.call('EXISTS', next) == 1 then
    redis.call('PERSIST', next)
    redis.call('RENAME', next, live)
  end
end
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[7], ARGV[1])
local doubts = redis.pcall('GET', KEYS[9])
-- If a change was missed in the meantime, the next reconcile pass finds it and declares the index ready.
if (type(doubts) == 'string' and doubts or '') == ARGV[5] then
  redis.call('SET', KEYS[8], ARGV[1])
end
for board = 12, #KEYS do redis.call('DEL', KEYS[board]) end
redis.call('SET', KEYS[10], ARGV[4])
return 0
