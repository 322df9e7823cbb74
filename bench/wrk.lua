-- What wrk sends, and one line about what came of it:
--   RESULT requests_per_second p50_ms p99_ms answers connections_that_failed
-- COOKIES: one or several, in turn. CREATE: a word; then every request creates an agent of a new name with it and ROUND.
-- PAUSE_MS: how long a connection rests between its requests, on average.

local cookies, create, pause = {}, os.getenv("CREATE"), tonumber(os.getenv("PAUSE_MS"))
for cookie in (os.getenv("COOKIES") or ""):gmatch("%S+") do cookies[#cookies + 1] = cookie end
local inboxes = {}
for inbox in (os.getenv("INBOXES") or ""):gmatch("%S+") do inboxes[#inboxes + 1] = inbox end
local count, same = 0, nil

function init()
    math.randomseed(os.time())
    wrk.headers["Sec-Fetch-Site"] = "same-origin"
    wrk.headers["Cookie"] = cookies[1]
    same = not create and wrk.format()
end

function request()
    if same then return same end
    count = count + 1
    local turn = count % #cookies + 1
    wrk.headers["Cookie"] = cookies[turn]
    wrk.headers["Content-Type"] = "application/json"
    local body = string.format('{"name":"%s %d in %s","inboxIds":[%s]}', create, count, os.getenv("ROUND"), inboxes[turn])
    return wrk.format("POST", nil, nil, body)
end

if pause then
    -- Uneven, so that connections do not march in step.
    function delay() return math.random(pause / 2, pause * 3 / 2) end
end

function done(summary, latency)
    local e = summary.errors
    io.write(string.format(
        "RESULT %.1f %.2f %.2f %d %d\n",
        summary.requests / summary.duration * 1e6,
        latency:percentile(50) / 1000,
        latency:percentile(99) / 1000,
        summary.requests,
        e.connect + e.read + e.write + e.timeout + e.status
    ))
end
