-- The short way, for what comes most often: units of token buckets and of windows with a small log,
-- buckets here, windows in fast-window.lua, several limits at once in fast-batch.lua. It is gone
-- before anything else is made, which takes less than half of the time of the long way; gcra.lua,
-- window-log.lua, sliding-window.lua and decide.lua say the same in full. What is not common (slots,
-- long logs, reservation in a window, a clock that went back, a value that is not ours) goes the long way
-- of dispatch.lua, from its group on: looking writes nothing.

local sub, format, frexp = string.sub, string.format, math.frexp

-- How many groups of the run at `position` are decided.
local decided = 0

-- How much of a bucket is used, in microseconds. Nil: the long way.
local function look_at_bucket(name)
  local value = pcall('GET', name)
  if not value then
    return 0
  end
  local arrival = type(value) == 'string' and tonumber(sub(value, 1, -3))
  local magnitude = arrival and tonumber(sub(value, -2))
  local is_plain = magnitude and magnitude < 54 and arrival >= 0 and arrival < now + 2 ^ magnitude
  return is_plain and max(arrival - now, 0) or nil
end

-- The most that may be used of a bucket before it gives `cost` units; none that is too much for it.
local function bucket_bound(cost, longest_wait, interval, burst)
  return cost <= burst and longest_wait * 1000 + (burst - max(cost, 1)) * interval or -1
end

local function answer_bucket(passes, taken, interval, name, used)
  reply[size + 1], reply[size + 2] = passes and ALLOWED or BLOCKED_BY_RATE, used
  size = size + 2
  if taken > 0 then
    used = used + taken * interval
    local _, magnitude = frexp(used)
    local life = max(SHORTEST_LIFE, ceil(used / 1000))
    call('SET', name, format('%d%02d', now + used, magnitude), 'PX', format('%d', life))
  end
end

-- A run of groups that ask one bucket each, its fields, and where the next run begins.
local BUCKETS = '^ all (%S+) (%S+) 1 b (%S+) (%S+) (%S+) (%S+)()'

local deadline, groups, cost, longest_wait, interval, burst, behind = match(question, BUCKETS, position)
while deadline do
  deadline, groups, cost = tonumber(deadline), tonumber(groups), tonumber(cost)
  longest_wait, interval, burst = tonumber(longest_wait), tonumber(interval), tonumber(burst)
  local bound = bucket_bound(cost, longest_wait, interval, burst)
  while decided < groups and not (deadline > 0 and now > deadline) do
    local name = KEYS[key]
    local used = look_at_bucket(name)
    if not used then
      break
    end
    size, key, decided = size + 1, key + 1, decided + 1
    reply[size] = OK
    local passes = used <= bound
    answer_bucket(passes, passes and cost or 0, interval, name, used)
  end
  if decided < groups then
    break
  end
  position, decided = behind, 0
  deadline, groups, cost, longest_wait, interval, burst, behind = match(question, BUCKETS, position)
end
if position > #question then
  return cmsgpack.pack(reply)
end
