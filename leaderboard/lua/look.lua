-- The state of the index, all from one moment. An invalid value counts as missing.
-- KEYS: ready, built, doubts, ranks, members, reconcile mark.
-- Returns {ready, built, doubts, number of ranks, number of members (-1: not countable), mark}.
local function text(key)
  local kept = redis.pcall('GET', key)
  return type(kept) == 'string' and kept or ''
end

local function count(command, key)
  local found = redis.pcall(command, key)
  return type(found) == 'number' and found or -1
end

return {
  text(KEYS[1]), text(KEYS[2]), text(KEYS[3]), count('ZCARD', KEYS[4]), count('HLEN', KEYS[5]), text(KEYS[6])
}
