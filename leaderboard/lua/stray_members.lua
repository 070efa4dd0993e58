-- KEYS: ranks, members. Returns how many more entries the one has than the other.
return redis.call('ZCARD', KEYS[1]) - redis.call('HLEN', KEYS[2])
