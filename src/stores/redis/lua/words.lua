-- What all fragments share. They are joined in this order: words, gcra, window-log,
-- sliding-window, concurrency, entry.

local BLOCKED_BY_RATE, ALLOWED, BLOCKED_BY_SLOT = 0, 1, 2
local NEVER = -1

-- ARGV[1]: the time in microseconds since 1970, by the server's clock (-1) or a test's. State that
-- a test's clock has not expired yet must not be gone by the server's, hence the longer life.
local now, SHORTEST_LIFE = tonumber(ARGV[1]), 60000
if now < 0 then
  local time = redis.call('TIME')
  now, SHORTEST_LIFE = tonumber(time[1]) * 1000000 + tonumber(time[2]), 1
end
