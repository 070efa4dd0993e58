-- For wrk: PUT /api/v1/scores/update with a random bearer token from the file named by TOKENS, one token per line.
local tokens = {}
for line in io.lines(os.getenv("TOKENS")) do tokens[#tokens + 1] = line end
math.randomseed(os.time())
local body = '{"actionType":"LEVEL_COMPLETE","metadata":{"level":5,"timeCompleted":45.2,"accuracy":0.95}}'

request = function()
  return wrk.format("PUT", "/api/v1/scores/update", {
    ["Authorization"] = "Bearer " .. tokens[math.random(#tokens)],
    ["Content-Type"] = "application/json",
  }, body)
end
