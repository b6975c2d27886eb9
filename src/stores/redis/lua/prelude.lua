-- What all fragments share. scripts/embed-lua.mjs joins them in this order: prelude, fast-bucket,
-- fast-window, tokenize, fast-batch, gcra, window-writes, window-log, sliding-window, queue,
-- concurrency, decide, probe, dispatch.
--
-- A server runs the whole text for every call, so a call creates only what it uses: each fragment is
-- one function that creates its algorithm when it is first needed, and verdicts are written straight
-- into the reply instead of into tables. Constants stay inside of functions, because creating a function
-- searches all captured values for each value that it captures. Where it matters, numbers are passed to
-- commands as `format('%d', …)`: a server formats a number with 17 digits of precision, which takes
-- longer.

local DENIED_BY_RATE, ALLOWED, DENIED_BY_SLOT, QUEUE_IS_FULL = 0, 1, 2, 3
local NEVER = -1
local OK, LATE, WRONG_TYPE = 0, 1, 2

local KEYS, call, pcall = KEYS, redis.call, redis.pcall
local tonumber, type, ceil, floor, max, min =
  tonumber, type, math.ceil, math.floor, math.max, math.min

-- The arguments of the call are one string: one long argument costs both sides less than many short
-- ones. The first is the time in microseconds since 1970; -1: the server's time. The server's clock must
-- not expire state that is alive by a test's clock, hence the longer TTL.
local match, input = string.match, ARGV[1]
local now, position = match(input, '^(%S+)()')
local MIN_TTL = 60000
if now == '-1' then
  local time = call('TIME')
  now, MIN_TTL = time[1] * 1000000 + time[2], 1
else
  now = tonumber(now)
end

-- The reply, its size so far, and the index of the next key.
local reply, size, key = { now }, 1, 1
