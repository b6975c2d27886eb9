-- What all fragments share. They are joined in this order: words, short-bucket, short-window,
-- short-groups, gcra, window-log, sliding-window, concurrency, decide, entry.
--
-- A server runs the whole text for every call, so nothing is made that the call does not use: each
-- fragment is one function that makes its algorithm when it is first needed, and verdicts are
-- written into the reply where they belong instead of into tables.

local BLOCKED_BY_RATE, ALLOWED, BLOCKED_BY_SLOT = 0, 1, 2
local NEVER = -1
local OK, LATE, FOREIGN = 0, 1, 2

local KEYS, call, pcall = KEYS, redis.call, redis.pcall
local tonumber, type, ceil, floor, max, min =
  tonumber, type, math.ceil, math.floor, math.max, math.min

-- The words of the call, taken apart: one long argument costs both sides less than many short ones.
local words, last_word = {}, 0
for word in string.gmatch(ARGV[1], '%S+') do
  last_word = last_word + 1
  words[last_word] = word
end

-- The first word: the time in microseconds since 1970, by the server's clock (-1) or a test's. State
-- that a test's clock has not expired yet must not be gone by the server's, hence the longer life.
local now, SHORTEST_LIFE = tonumber(words[1]), 60000
if now < 0 then
  local time = call('TIME')
  now, SHORTEST_LIFE = time[1] * 1000000 + time[2], 1
end

-- The reply and how much of it is written.
local reply, size = { now }, 1

-- The next key and the next word.
local key, next_word = 1, 2
