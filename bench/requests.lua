-- For wrk, by bench/requests.py. ADDRESSES (host:port,host:port) are shared out among wrk's threads.
-- SEND=update or update-key: PUT /api/v1/scores/update with a random token of the file TOKENS, one token per line;
-- with update-key each request has an Idempotency-Key of its own. ACTION is the action type. Otherwise wrk's own request, with the first token.
local tokens = {}
for line in io.lines(os.getenv("TOKENS")) do tokens[#tokens + 1] = line end

local addresses, threads = {}, 0
for host, port in string.gmatch(os.getenv("ADDRESSES"), "([^:,]+):(%d+)") do
  addresses[#addresses + 1] = wrk.lookup and wrk.lookup(host, port)[1]
end

function setup(thread)
  thread.addr = addresses[threads % #addresses + 1]
  threads = threads + 1
end

wrk.headers["Authorization"] = "Bearer " .. tokens[1]

local send = os.getenv("SEND")
if send ~= "update" and send ~= "update-key" then return end

math.randomseed(os.time())
local action = os.getenv("ACTION") or "LEVEL_COMPLETE"
local body = '{"actionType":"' .. action .. '","metadata":{"level":5,"timeCompleted":45.2,"accuracy":0.95}}'
local headers = {["Content-Type"] = "application/json"}
local run, sent = string.format("%x-%s", os.time(), tostring({}):sub(8)), 0

request = function()
  headers["Authorization"] = "Bearer " .. tokens[math.random(#tokens)]
  if send == "update-key" then
    sent = sent + 1
    headers["Idempotency-Key"] = run .. "-" .. sent
  end
  return wrk.format("PUT", "/api/v1/scores/update", headers, body)
end
