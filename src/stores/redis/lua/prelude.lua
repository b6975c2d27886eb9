-- What all fragments share. They are joined in this order: head, short-bucket, short-window, words,
-- short-groups, gcra, window-writes, window-log, sliding-window, queue, concurrency, decide, probe,
-- entry.
--
-- A server runs the whole text for every call, so nothing is made that the call does not use: each
-- fragment is one function that makes its algorithm when it is first needed (what a function captures
-- costs a search through everything that is captured already, so that even constants stay inside of
-- it), and verdicts are written into the reply where they belong instead of into tables. Numbers go to commands as
-- `format('%d', …)` where it matters: a server that is handed a number writes it with 17 digits of
-- precision, which takes longer.

local BLOCKED_BY_RATE, ALLOWED, BLOCKED_BY_SLOT, QUEUE_IS_FULL = 0, 1, 2, 3
local NEVER = -1
local OK, LATE, WRONG_TYPE = 0, 1, 2

local KEYS, call, pcall = KEYS, redis.call, redis.pcall
local tonumber, type, ceil, floor, max, min =
  tonumber, type, math.ceil, math.floor, math.max, math.min

-- The words of the call are one text: one long argument costs both sides less than many short ones.
-- The first word is the time in microseconds since 1970, by the server's clock (-1) or a test's. State
-- that a test's clock has not expired yet must not be gone by the server's, hence the longer life.
local match, question = string.match, ARGV[1]
local now, position = match(question, '^(%S+)()')
local SHORTEST_LIFE = 60000
if now == '-1' then
  local time = call('TIME')
  now, SHORTEST_LIFE = time[1] * 1000000 + time[2], 1
else
  now = tonumber(now)
end

-- The reply and how much of it is written, and the next key.
local reply, size, key = { now }, 1, 1
