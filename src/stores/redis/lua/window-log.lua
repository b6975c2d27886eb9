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

local function open_log()
  local log = {}
  local rep = string.rep

  function log.pack_moment(moment)
    return pack(SLOT_FORMAT, max(0, moment - EPOCH))
  end

  -- Reads the header, and all moments of a small log. Nil when the key holds something else.
  function log.read(key)
    local text = pcall('GETRANGE', key, 0, FIRST_READ)
    if type(text) ~= 'string' then
      return nil
    end
    local now_ms = floor(now / 1000)
    if text == '' then
      return { key = key, text = '', capacity = 0, size = 0, first = 0, drift = 0, now = now_ms }
    end
    if #text < HEADER + SLOT then
      return nil
    end
    local capacity, size, first, written, drift = unpack(HEADER_FORMAT, text)
    if capacity == 0 or size > capacity or first >= capacity then
      return nil
    end
    local length = HEADER + capacity * SLOT
    if capacity <= SMALL and #text ~= length then
      return nil
    end
    -- A ring is not read as a whole: it has its last byte and none behind it.
    if capacity > SMALL and #call('GETRANGE', key, length - 1, length) ~= 1 then
      return nil
    end
    now_ms = now_ms + drift
    local went_back = now_ms < written
    if went_back then
      drift, now_ms = drift + written - now_ms, written
    end
    return {
      key = key,
      text = text,
      capacity = capacity,
      size = size,
      first = first,
      drift = drift,
      now = now_ms,
      went_back = went_back,
    }
  end

  -- The moment at a position, counted from the oldest (0). The position must be below the size.
  local function moment_at(state, position)
    local slot = state.first + position
    if slot >= state.capacity then
      slot = slot - state.capacity
    end
    local offset = HEADER + slot * SLOT
    if offset + SLOT <= #state.text then
      return unpack(SLOT_FORMAT, state.text, offset + 1) + EPOCH
    end
    local known = state.known
    if not known then
      known = {}
      state.known = known
    end
    local moment = known[position]
    if not moment then
      local bytes = call('GETRANGE', state.key, offset, offset + SLOT - 1)
      moment = unpack(SLOT_FORMAT, bytes) + EPOCH
      known[position] = moment
    end
    return moment
  end
  log.moment_at = moment_at

  -- How many moments are at or before `moment`: steps that double, then a binary search.
  function log.count_until(state, moment)
    local size = state.size
    if size == 0 or moment_at(state, 0) > moment then
      return 0
    end
    if moment_at(state, size - 1) <= moment then
      return size
    end
    local low, step = 1, 1
    while low + step < size and moment_at(state, low + step - 1) <= moment do
      low = low + step
      step = step * 2
    end
    local high = min(low + step - 1, size)
    while low < high do
      local middle = floor((low + high) / 2)
      if moment_at(state, middle) <= moment then
        low = middle + 1
      else
        high = middle
      end
    end
    return low
  end

  local function header_of(state)
    local size, first = state.size, state.first
    return pack(HEADER_FORMAT, state.capacity, size, first, state.now, state.drift)
  end

  -- Writes the header alone. The state says something for another `life` milliseconds.
  function log.write_header(state, life)
    call('SETRANGE', state.key, 0, header_of(state))
    call('PEXPIRE', state.key, max(SHORTEST_LIFE, life))
  end

  -- The slots of the moments in order, as one string.
  local function slots_of(state)
    local text = state.text
    if HEADER + state.capacity * SLOT > #text then
      text = call('GETRANGE', state.key, 0, -1)
    end
    local from = HEADER + state.first * SLOT
    local tail = min(state.size, state.capacity - state.first)
    local slots = sub(text, from + 1, from + tail * SLOT)
    if tail == state.size then
      return slots
    end
    return slots .. sub(text, HEADER + 1, HEADER + (state.size - tail) * SLOT)
  end

  -- Replaces the whole state by the given slots; a log that outgrew SMALL gets room to grow.
  function log.rewrite(state, slots, limit, life)
    local size = #slots / SLOT
    local room = size
    if room > SMALL then
      room = max(room, min(limit, room * 2))
    end
    state.size, state.capacity, state.first = size, room, 0
    local text = header_of(state) .. slots
    if room > size then
      text = text .. rep('\0', (room - size) * SLOT)
    end
    call('SET', state.key, text, 'PX', max(SHORTEST_LIFE, life))
  end

  -- Appends `count` units at `moment`, without the oldest `dropped` moments.
  function log.append(state, dropped, count, moment, limit, life)
    local slot = log.pack_moment(moment)
    local kept = state.size - dropped
    local size, capacity = kept + count, state.capacity
    if size > capacity or capacity > limit or capacity <= SMALL then
      local slots = sub(slots_of(state), dropped * SLOT + 1)
      return log.rewrite(state, slots .. rep(slot, count), limit, life)
    end
    state.first = (state.first + dropped) % capacity
    state.size = size
    local from = (state.first + kept) % capacity
    local tail = min(count, capacity - from)
    call('SETRANGE', state.key, HEADER + from * SLOT, rep(slot, tail))
    if count > tail then
      call('SETRANGE', state.key, HEADER, rep(slot, count - tail))
    end
    log.write_header(state, life)
  end

  return log
end
