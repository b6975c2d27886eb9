-- The log of accepted units of a sliding window, in whole milliseconds. Twin of
-- src/algorithms/window-log.ts.
--
-- State: a packed string, big-endian. A header of 24 bytes
--   capacity (4)  slots in the string        size (4)     moments in the log
--   first (4)     slot of the oldest moment  written (6)  the log's time when it was last written
--   drift (6)     the log's time minus the server's: grows when the server's clock goes back
-- and then slots of 5 bytes, each a moment in milliseconds since 2020. Up to SMALL moments the
-- string is read in one call and rewritten in one, exactly as long as the log is. A longer log is
-- a ring of which a decision reads a few slots and writes one, whatever the limit.

local window = {}

local HEADER, SLOT, EPOCH, SMALL = 24, 5, 1577836800000, 64
local HEADER_FORMAT, SLOT_FORMAT = '>I4I4I4I6I6', '>I5'

local function pack_moment(moment)
  return struct.pack(SLOT_FORMAT, math.max(0, moment - EPOCH))
end

-- Reads the header, and all moments of a small log. False when the key holds something else.
function window.read(request)
  local log = { first = 0, size = 0, capacity = 0, drift = 0, written = 0, text = '', known = {} }
  request.log = log
  request.now = math.floor(now / 1000)
  local text = redis.pcall('GETRANGE', request.key, 0, HEADER + SMALL * SLOT - 1)
  if type(text) ~= 'string' then
    return false
  end
  if text == '' then
    return true
  end
  if #text < HEADER + SLOT then
    return false
  end
  log.text = text
  log.capacity, log.size, log.first, log.written, log.drift = struct.unpack(HEADER_FORMAT, text)
  local is_log = log.capacity > 0 and log.size <= log.capacity and log.first < log.capacity
  if not is_log or (log.capacity <= SMALL and #text ~= HEADER + log.capacity * SLOT) then
    return false
  end
  request.now = request.now + log.drift
  if request.now < log.written then
    log.drift = log.drift + log.written - request.now
    log.clock_went_back = true
    request.now = log.written
  end
  return true
end

-- The moment at a position, counted from the oldest (0). The position must be below the size.
local function moment_at(request, position)
  local log = request.log
  local moment = log.known[position]
  if moment then
    return moment
  end
  local slot = log.first + position
  if slot >= log.capacity then
    slot = slot - log.capacity
  end
  local offset = HEADER + slot * SLOT
  if offset + SLOT <= #log.text then
    moment = struct.unpack(SLOT_FORMAT, log.text, offset + 1) + EPOCH
  else
    local bytes = redis.call('GETRANGE', request.key, offset, offset + SLOT - 1)
    moment = struct.unpack(SLOT_FORMAT, bytes) + EPOCH
  end
  log.known[position] = moment
  return moment
end

-- How many moments are at or before `moment`: steps that double, then a binary search.
local function count_until(request, moment)
  local size = request.log.size
  if size == 0 or moment_at(request, 0) > moment then
    return 0
  end
  if moment_at(request, size - 1) <= moment then
    return size
  end
  local low, step = 1, 1
  while low + step < size and moment_at(request, low + step - 1) <= moment do
    low = low + step
    step = step * 2
  end
  local high = math.min(low + step - 1, size)
  while low < high do
    local middle = math.floor((low + high) / 2)
    if moment_at(request, middle) <= moment then
      low = middle + 1
    else
      high = middle
    end
  end
  return low
end

-- The newest moment, in the future when it was booked.
local function newest(request)
  local size = request.log.size
  if size == 0 then
    return -math.huge
  end
  return moment_at(request, size - 1)
end

local function header_of(request)
  local log = request.log
  return struct.pack(HEADER_FORMAT, log.capacity, log.size, log.first, request.now, log.drift)
end

-- Milliseconds until a log whose newest moment is `moment` says nothing any more.
local function life(request, moment)
  return math.max(SHORTEST_LIFE, moment + request.second - request.now)
end

-- The slots of the log's moments in order, as one string.
local function slots_of(request)
  local log = request.log
  local text = log.text
  if HEADER + log.capacity * SLOT > #text then
    text = redis.call('GETRANGE', request.key, 0, -1)
  end
  local from = HEADER + log.first * SLOT
  local tail = math.min(log.size, log.capacity - log.first)
  local slots = string.sub(text, from + 1, from + tail * SLOT)
  return slots .. string.sub(text, HEADER + 1, HEADER + (log.size - tail) * SLOT)
end

-- Replaces the whole state by the given slots; a log that outgrew SMALL gets room to grow.
local function rewrite(request, slots, newest_at)
  local log = request.log
  log.size = #slots / SLOT
  local room = log.size
  if room > SMALL then
    room = math.max(room, math.min(request.first, room * 2))
  end
  log.capacity, log.first = room, 0
  local padding = string.rep('\0', (room - log.size) * SLOT)
  local state = header_of(request) .. slots .. padding
  redis.call('SET', request.key, state, 'PX', life(request, newest_at))
end

-- Overwrites `count` slots from a position on, around the end of the ring when need be.
local function overwrite(request, position, slot, count)
  local log = request.log
  local from = (log.first + position) % log.capacity
  local tail = math.min(count, log.capacity - from)
  redis.call('SETRANGE', request.key, HEADER + from * SLOT, string.rep(slot, tail))
  if count > tail then
    redis.call('SETRANGE', request.key, HEADER, string.rep(slot, count - tail))
  end
end
