-- For wrk, by bench/requests.py. ADDRESSES (host:port,host:port) are shared out among wrk's threads.
-- SEND=update or update-key: PUT /api/v1/scores/update with a random token of the file TOKENS, one token per line;
-- with update-key each request has an Idempotency-Key of its own. SEND=batch-100: batches of 100 actions of random users. ACTION is the action type. Otherwise wrk's own request, with the first token.
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

-- The last line of the output, for bench/measures/wrk.py: times in ms.
function done(summary, latency)
  local failed = summary.errors
  print(string.format("figures %d %f %f %f %f %d", summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000, latency:percentile(99) / 1000,
    failed.connect + failed.read + failed.write + failed.status + failed.timeout))
end

local send = os.getenv("SEND") or ""
local batch = tonumber(string.match(send, "^batch%-(%d+)$"))
if batch then
  math.randomseed(os.time())
  local name, count = string.format("%x-%s-", os.time(), tostring({}):sub(8)), 0
  local headers = {["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. tokens[1]}
  request = function()
    local actions = {}
    for at = 1, batch do
      count = count + 1
      actions[at] = '{"userId":"bench-' .. math.random(0, 9999) .. '","requestId":"' .. name .. count ..
        '","actionType":"BOSS_DEFEAT","metadata":{"level":5}}'
    end
    return wrk.format("POST", "/api/v1/scores/batch", headers, '{"actions":[' .. table.concat(actions, ",") .. "]}")
  end
  return
end
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
