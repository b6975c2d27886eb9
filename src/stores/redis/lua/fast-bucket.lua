-- The fast paths, for the most common operations: units of token buckets (here), of windows with a
-- small log (fast-window.lua), and of several limits at once (fast-batch.lua). They run before anything
-- else is created and take less than half of the time of the full path; gcra.lua, window-log.lua,
-- sliding-window.lua and decide.lua do the same in full. Everything else (slots, long logs, reservations
-- in a window, a clock that went back, foreign values) takes the full path of dispatch.lua, from its
-- operation on: reading writes nothing.

local sub, format, frexp = string.sub, string.format, math.frexp

-- How many of the coalesced operations at `position` are decided.
local decided = 0

-- How much of a bucket is used, in microseconds. Nil: the full path.
local function read_bucket(name)
  local value = pcall('GET', name)
  if not value then
    return 0
  end
  local arrival = type(value) == 'string' and tonumber(sub(value, 1, -3))
  local magnitude = arrival and tonumber(sub(value, -2))
  local is_plain = magnitude and magnitude < 54 and arrival >= 0 and arrival < now + 2 ^ magnitude
  return is_plain and max(arrival - now, 0) or nil
end

-- The most that may be used of a bucket before `cost` units; -1 for a cost that never fits.
local function bucket_bound(cost, longest_wait, interval, burst)
  return cost <= burst and longest_wait * 1000 + (burst - max(cost, 1)) * interval or -1
end

local function finish_bucket(passes, taken, interval, name, used)
  reply[size + 1], reply[size + 2] = passes and ALLOWED or DENIED_BY_RATE, used
  size = size + 2
  if taken > 0 then
    used = used + taken * interval
    local _, magnitude = frexp(used)
    local ttl = max(MIN_TTL, ceil(used / 1000))
    call('SET', name, format('%d%02d', now + used, magnitude), 'PX', format('%d', ttl))
  end
end

-- Coalesced operations on one bucket each: their fields, and where the next operation begins.
local BUCKETS = '^ all (%S+) (%S+) 1 b (%S+) (%S+) (%S+) (%S+)()'

local deadline, operations, cost, longest_wait, interval, burst, behind = match(input, BUCKETS, position)
while deadline do
  deadline, operations, cost = tonumber(deadline), tonumber(operations), tonumber(cost)
  longest_wait, interval, burst = tonumber(longest_wait), tonumber(interval), tonumber(burst)
  local bound = bucket_bound(cost, longest_wait, interval, burst)
  while decided < operations and not (deadline > 0 and now > deadline) do
    local name = KEYS[key]
    local used = read_bucket(name)
    if not used then
      break
    end
    size, key, decided = size + 1, key + 1, decided + 1
    reply[size] = OK
    local passes = used <= bound
    finish_bucket(passes, passes and cost or 0, interval, name, used)
  end
  if decided < operations then
    break
  end
  position, decided = behind, 0
  deadline, operations, cost, longest_wait, interval, burst, behind = match(input, BUCKETS, position)
end
if position > #input then
  return cmsgpack.pack(reply)
end
