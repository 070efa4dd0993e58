-- Puts the rebuilt index in the place of the old one, in one step.
-- KEYS: rebuild, next ranks, next members, ranks, members, ready, generation, trash, then a cached board a size.
-- ARGV: token, microseconds now. Returns 0 when the rebuild is no longer this one's.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
for pair = 0, 1 do
  local next, live = KEYS[2 + pair], KEYS[4 + pair]
  -- Deleting millions of members would block Redis; UNLINK frees them in the background.
  if redis.call('EXISTS', live) == 1 then
    redis.call('RENAME', live, KEYS[8])
    redis.call('UNLINK', KEYS[8])
  end
  if redis.call('EXISTS', next) == 1 then redis.call('RENAME', next, live) end
end
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[6], ARGV[2])
for board = 9, #KEYS do redis.call('DEL', KEYS[board]) end
redis.call('SET', KEYS[7], ARGV[2])
return 1
