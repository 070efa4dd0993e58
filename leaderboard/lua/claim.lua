-- Claims the next reconcile pass. KEYS: the claim. ARGV: milliseconds to live. Returns 1 if the caller has it.
-- A claim always expires. One without an expiry is invalid, and would block every pass.
if redis.call('PTTL', KEYS[1]) == -1 then redis.call('DEL', KEYS[1]) end
return redis.call('SET', KEYS[1], '1', 'NX', 'PX', ARGV[1]) and 1 or 0
