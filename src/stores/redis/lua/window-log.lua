-- The log of accepted units of a sliding window, in whole milliseconds. Twin of
-- src/algorithms/window-log.ts.
--
-- State: a packed string, big-endian. A header of 24 bytes
--   capacity (4)  entries in the string       size (4)     moments in the log
--   first (4)     index of the oldest moment  written (6)  the log's time when it was last written
--   drift (6)     the log's time minus the server's: grows when the server's clock goes back
-- and then entries of 5 bytes, each a moment in milliseconds since 2020. Up to SMALL moments the
-- string is exactly as long as the log; one command reads it and one writes it. A longer log is a
-- ring of which a decision reads a few entries and writes one, whatever the limit.

local function open_log()
  local log = {}

  function log.pack_moment(moment)
    return pack(ENTRY_FORMAT, max(0, moment - EPOCH))
  end

  -- Reads the header, and all moments of a small log. Nil: the key holds a foreign value.
  function log.read(key)
    local text = pcall('GETRANGE', key, 0, FIRST_READ)
    if type(text) ~= 'string' then
      return nil
    end
    local now_ms = floor(now / 1000)
    if text == '' then
      return { key = key, text = '', capacity = 0, size = 0, first = 0, drift = 0, now = now_ms }
    end
    if #text < HEADER + ENTRY then
      return nil
    end
    local capacity, size, first, written, drift = unpack(HEADER_FORMAT, text)
    if capacity == 0 or size > capacity or first >= capacity then
      return nil
    end
    local length = HEADER + capacity * ENTRY
    if capacity <= SMALL and #text ~= length then
      return nil
    end
    -- A ring is not read as a whole. It must have a last byte, and none after it.
    if capacity > SMALL and #call('GETRANGE', key, length - 1, length) ~= 1 then
      return nil
    end
    now_ms = now_ms + drift
    local clock_regressed = now_ms < written
    if clock_regressed then
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
      clock_regressed = clock_regressed,
    }
  end

  -- The moment at a position, counted from the oldest (0). The position must be below the size.
  local function moment_at(state, position)
    local index = state.first + position
    if index >= state.capacity then
      index = index - state.capacity
    end
    local offset = HEADER + index * ENTRY
    if offset + ENTRY <= #state.text then
      return unpack(ENTRY_FORMAT, state.text, offset + 1) + EPOCH
    end
    local known = state.known
    if not known then
      known = {}
      state.known = known
    end
    local moment = known[position]
    if not moment then
      local bytes = call('GETRANGE', state.key, offset, offset + ENTRY - 1)
      moment = unpack(ENTRY_FORMAT, bytes) + EPOCH
      known[position] = moment
    end
    return moment
  end
  log.moment_at = moment_at

  -- How many moments are at or before `moment`: doubling steps, then a binary search.
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

  function log.header_of(state)
    local size, first = state.size, state.first
    return pack(HEADER_FORMAT, state.capacity, size, first, state.now, state.drift)
  end

  -- Writes the header alone. The state affects decisions for another `ttl` milliseconds.
  function log.write_header(state, ttl)
    call('SETRANGE', state.key, 0, log.header_of(state))
    call('PEXPIRE', state.key, max(MIN_TTL, ttl))
  end

  -- Appends `count` units at `moment`, without the oldest `dropped` moments.
  function log.append(state, dropped, count, moment, limit, ttl)
    local kept, capacity = state.size - dropped, state.capacity
    if capacity <= SMALL and kept < SMALL and count == 1 and state.first == 0 then
      local from = HEADER + dropped * ENTRY
      local entries = sub(state.text, from + 1, from + kept * ENTRY) .. log.pack_moment(moment)
      state.size, state.capacity = kept + 1, kept + 1
      call('SET', state.key, log.header_of(state) .. entries, 'PX', max(MIN_TTL, ttl))
      return
    end
    if capacity <= SMALL or capacity > limit or kept >= capacity or count > 1 then
      add_writes(log)
      return log.append_any(state, dropped, count, moment, limit, ttl)
    end
    state.first, state.size = (state.first + dropped) % capacity, kept + 1
    local index = (state.first + kept) % capacity
    call('SETRANGE', state.key, HEADER + index * ENTRY, log.pack_moment(moment))
    log.write_header(state, ttl)
  end

  return log
end
