-- Marks the index and the cached boards as possibly outdated: no process uses the index until a pass has checked it.
-- KEYS: ready, built, doubts, generation, rebuild, the claim on the reconcile pass, then one cached board per size.
-- ARGV: '1' if the index must be rebuilt.
redis.call('DEL', KEYS[1])
if ARGV[1] == '1' then redis.call('DEL', KEYS[2]) end
-- A pass that is running now began too early to declare the index ready.
bump(KEYS[3])
-- The marker of a rebuild always expires. One without an expiry is invalid, and would block every rebuild.
if redis.call('PTTL', KEYS[5]) == -1 then redis.call('DEL', KEYS[5]) end
for key = 6, #KEYS do redis.call('DEL', KEYS[key]) end
bump(KEYS[4])
