-- At most ARGV[1] units in any ARGV[2] microseconds; this attempt costs ARGV[3] units.
-- KEYS[1]: a list with one entry a unit, newest first: the server's time in microseconds when it was allowed.
-- Returns 0 when the attempt is allowed (and counted), else the microseconds until it would be. A refusal counts nothing.
local limit, window, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])

local newest = tonumber(redis.call('LINDEX', KEYS[1], 0) or 0)
if newest > now + window then
  -- The server's clock was set back: the entries say nothing about now.
  redis.call('DEL', KEYS[1])
elseif newest > now then
  now = newest
end

-- With `cost` more units, the oldest unit that must have left the window is this one.
local oldest = redis.call('LINDEX', KEYS[1], limit - cost)
if oldest and tonumber(oldest) > now - window then
  return tonumber(oldest) + window - now
end

-- Lua would write so large a number as 1.7e+15.
local stamp = string.format('%.0f', now)
for _ = 1, cost do
  redis.call('LPUSH', KEYS[1], stamp)
end
redis.call('LTRIM', KEYS[1], 0, limit - 1)
redis.call('PEXPIRE', KEYS[1], math.ceil(window / 1000))
return 0
