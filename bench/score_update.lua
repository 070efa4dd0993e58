-- For wrk: PUT /api/v1/scores/update with a random bearer token from the file named by TOKENS, one token per line.
-- With KEYS=yes each request has an Idempotency-Key of its own. ACTION is the action type.
local tokens = {}
for line in io.lines(os.getenv("TOKENS")) do tokens[#tokens + 1] = line end
math.randomseed(os.time())
local action = os.getenv("ACTION") or "LEVEL_COMPLETE"
local body = '{"actionType":"' .. action .. '","metadata":{"level":5,"timeCompleted":45.2,"accuracy":0.95}}'

local headers = {["Content-Type"] = "application/json"}
local has_keys = os.getenv("KEYS") == "yes"
local run, sent = string.format("%x-%x", os.time(), math.random(2 ^ 30)), 0

request = function()
  headers["Authorization"] = "Bearer " .. tokens[math.random(#tokens)]
  if has_keys then
    sent = sent + 1
    headers["Idempotency-Key"] = run .. "-" .. sent
  end
  return wrk.format("PUT", "/api/v1/scores/update", headers, body)
end
