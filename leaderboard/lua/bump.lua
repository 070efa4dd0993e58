-- Shared by the scripts that drop cached boards; their text follows this one.
-- A loader that has already read must not store its board. After a flush, or if the value is invalid, the counter starts
-- at the current time, so that no earlier value is used again.
local function bump(key)
  local now = redis.pcall('INCR', key)
  if type(now) ~= 'number' or now == 1 then
    local time = redis.call('TIME')
    redis.call('SET', key, time[1] .. string.format('%06d', time[2]))
  end
end
