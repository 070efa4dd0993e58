-- Tries every command that our scripts use, and leaves only KEYS[1] behind, for a minute.
-- KEYS: five unused keys in one slot. Returns name and error of each refused command, alternately.
-- A full Redis stops refusing after a script's first successful write, so the first command must be one that needs memory.
local refused = {}
local text, hash, sorted, list, other = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]

local function try(command, ...)
  local answer = redis.pcall(command, ...)
  if type(answer) == 'table' and answer.err then
    refused[#refused + 1] = command
    refused[#refused + 1] = answer.err
  end
end

try('SET', text, '1', 'EX', '60')
try('INCR', text)
try('GET', text)
try('MGET', text)
try('EXISTS', text)
try('TYPE', text)
try('EXPIRE', text, '60')
try('PERSIST', text)
try('PEXPIRE', text, '60000')
try('PTTL', text)
try('TIME')
try('HSET', hash, 'a', '1')
try('HGET', hash, 'a')
try('HLEN', hash)
try('HDEL', hash, 'b')
try('ZADD', sorted, '1', 'a')
try('ZRANK', sorted, 'a')
try('ZRANGE', sorted, '0', '0')
try('ZCARD', sorted)
try('ZREM', sorted, 'b')
try('RPUSH', list, 'a', 'b')
try('LPUSH', list, 'c')
try('LINDEX', list, '0')
try('LLEN', list)
try('LTRIM', list, '0', '1')
try('LPOP', list, '2')
try('DEL', hash)
if redis.pcall('EXISTS', sorted) == 1 then try('RENAME', sorted, other) end
try('UNLINK', sorted, other, list)
return refused
