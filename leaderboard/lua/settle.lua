-- Declares the index ready, unless it was doubted or replaced since the caller began to check it.
-- KEYS: ready, built, doubts, ranks, members. ARGV: `built` and `doubts` from before the check.
-- Returns 1 if the index is ready now.
local function is_unchanged(key, before)
  local kept = redis.pcall('GET', key)
  return (type(kept) == 'string' and kept or '') == before
end

if not (is_unchanged(KEYS[2], ARGV[1]) and is_unchanged(KEYS[3], ARGV[2])) then return 0 end
if redis.call('ZCARD', KEYS[4]) ~= redis.call('HLEN', KEYS[5]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1])
return 1
