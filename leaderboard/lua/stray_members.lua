-- KEYS: ranks, members. Returns how many more entries ranks has than members.
return redis.call('ZCARD', KEYS[1]) - redis.call('HLEN', KEYS[2])
