-- The fast path of windows. A log of up to SMALL moments is one string, which is read by one command
-- and written by one; window-log.lua describes it.

local HEADER, ENTRY, EPOCH, SMALL = 24, 5, 1577836800000, 256
local HEADER_FORMAT, ENTRY_FORMAT = '>I4I4I4I6I6', '>I5'
local FIRST_READ = HEADER + SMALL * ENTRY - 1
local pack, unpack = struct.pack, struct.unpack

-- A small log: its text, time, drift and size, how many of its moments have expired, the newest one,
-- and when a unit is free. Nil: the full path.
local function read_window(name, limit, window_ms)
  local text, at = pcall('GETRANGE', name, 0, FIRST_READ), floor(now / 1000)
  if text == '' then
    return text, at, 0, 0, 0, 0, at
  end
  if type(text) ~= 'string' or #text < HEADER + ENTRY then
    return nil
  end
  local capacity, length, first, written, drift = unpack(HEADER_FORMAT, text)
  at = at + drift
  if capacity ~= length or first > 0 or #text ~= HEADER + length * ENTRY or at < written then
    return nil
  end
  local newest = unpack(ENTRY_FORMAT, text, #text - ENTRY + 1)
  local ended, expired = at - window_ms - EPOCH, length
  if newest > ended then
    expired = 0
    while unpack(ENTRY_FORMAT, text, HEADER + expired * ENTRY + 1) <= ended do
      expired = expired + 1
    end
  end
  local free = max(at, newest + EPOCH)
  if length >= limit then
    local pushed_out = unpack(ENTRY_FORMAT, text, HEADER + (length - limit) * ENTRY + 1)
    free = max(free, pushed_out + EPOCH + window_ms)
  end
  return text, at, drift, length, expired, newest + EPOCH, free
end

-- Writes the log with one more unit, taken now, and at most the newest `limit` moments.
local function write_window(limit, window_ms, name, text, at, drift, length, expired)
  local kept = min(length - expired, limit - 1)
  local header = pack(HEADER_FORMAT, kept + 1, kept + 1, 0, at, drift)
  local entries = sub(text, HEADER + (length - kept) * ENTRY + 1)
  local moment = pack(ENTRY_FORMAT, max(0, at - EPOCH))
  call('SET', name, header .. entries .. moment, 'PX', format('%d', max(MIN_TTL, window_ms)))
end

-- Writes the verdict of sliding-window.lua, after `taken` units (0 or 1).
local function reply_window(passes, taken, limit, window_ms, text, at, length, expired, newest, free)
  newest = taken > 0 and at or newest
  local active = length - expired + taken
  local used = min(active, limit)
  local last, more_after = 0, 0
  if active > 0 then
    last = newest + window_ms - at
    local next_position, next_in = expired + active - used, last
    if next_position < length then
      next_in = unpack(ENTRY_FORMAT, text, HEADER + next_position * ENTRY + 1) + EPOCH + window_ms - at
    end
    more_after = max(next_in, newest - at)
  end
  reply[size + 1] = passes and ALLOWED or DENIED_BY_RATE
  reply[size + 2] = newest > at and 0 or limit - used
  reply[size + 3], reply[size + 4], reply[size + 5] = free - at, last, more_after
  reply[size + 6], reply[size + 7] = 0, free
  size = size + 7
end

-- Coalesced operations on one window each: their fields, and where the next operation begins.
local WINDOWS = '^ all (%S+) (%S+) 1 w ([01]) 0 (%S+) (%S+)()'

local limit, window_ms
deadline, operations, cost, limit, window_ms, behind = match(input, WINDOWS, position)
while deadline do
  deadline, operations, cost = tonumber(deadline), tonumber(operations), tonumber(cost)
  limit, window_ms = tonumber(limit), tonumber(window_ms)
  local is_small = limit <= SMALL
  while is_small and decided < operations and not (deadline > 0 and now > deadline) do
    local name = KEYS[key]
    local text, at, drift, length, expired, newest, free = read_window(name, limit, window_ms)
    if not text then
      break
    end
    size, key, decided = size + 1, key + 1, decided + 1
    reply[size] = OK
    local passes = free <= at
    local taken = passes and cost or 0
    reply_window(passes, taken, limit, window_ms, text, at, length, expired, newest, free)
    if taken > 0 then
      write_window(limit, window_ms, name, text, at, drift, length, expired)
    end
  end
  if decided < operations then
    break
  end
  position, decided = behind, 0
  deadline, operations, cost, limit, window_ms, behind = match(input, WINDOWS, position)
end
