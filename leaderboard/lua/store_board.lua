-- Stores a loaded board, unless a change was recorded since its loader began. Returns 1 if it was stored, else 0.
-- KEYS: cached board, its loading lock, generation. ARGV: generation seen, lock token, seconds to live, payload.
local generation = redis.pcall('GET', KEYS[3])
if type(generation) ~= 'string' then generation = '' end
local mine = redis.call('GET', KEYS[2]) == ARGV[2]
if mine then redis.call('DEL', KEYS[2]) end
if not mine or generation ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[4], 'EX', ARGV[3])
return 1
