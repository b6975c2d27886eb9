-- Writes to the log of a window that are more than one entry of a ring: small logs, many units at
-- once, logs that change their length, and units that are released. Twin of
-- src/algorithms/window-log.ts; window-log.lua describes the state.

-- Adds these writes to the functions of a log.
local function add_writes(log)
  -- Up to LARGE moments (500 kB) a log that must change its form is rewritten as a whole; a larger ring
  -- is changed in place, in pieces. Every string that Lua creates costs about 2 ns per byte, because Lua
  -- hashes it; what the server copies by itself costs next to nothing.
  local LARGE, PIECE = 100000, 16384

  -- The entries of `count` moments from a position on, as one string.
  local function entries_at(state, position, count)
    if count < 1 then
      return ''
    end
    local index = (state.first + position) % state.capacity
    local tail = min(count, state.capacity - index)
    local from = HEADER + index * ENTRY
    local entries
    if from + tail * ENTRY <= #state.text then
      entries = sub(state.text, from + 1, from + tail * ENTRY)
    else
      entries = call('GETRANGE', state.key, from, from + tail * ENTRY - 1)
    end
    if tail == count then
      return entries
    end
    return entries .. entries_at(state, position + tail, count - tail)
  end

  -- Writes entries from a position on. What was read of the log before is then out of date.
  local function put_entries(state, position, entries)
    if entries == '' then
      return
    end
    state.text, state.known = '', nil
    local index = (state.first + position) % state.capacity
    local tail = (state.capacity - index) * ENTRY
    if tail < #entries then
      call('SETRANGE', state.key, HEADER, sub(entries, tail + 1))
      entries = sub(entries, 1, tail)
    end
    call('SETRANGE', state.key, HEADER + index * ENTRY, entries)
  end

  -- An entry `count` times, as one string.
  local function repeated(entry, count)
    local text, times = entry, 1
    while times * 2 <= count do
      text, times = text .. text, times * 2
    end
    return times == count and text or text .. sub(text, 1, (count - times) * ENTRY)
  end

  -- Writes an entry `count` times from a position on.
  local function fill(state, position, entry, count)
    local piece = repeated(entry, min(count, PIECE))
    for done = 0, count - PIECE, PIECE do
      put_entries(state, position + done, piece)
    end
    local rest = count % PIECE
    put_entries(state, position + count - rest, sub(piece, 1, rest * ENTRY))
  end

  -- Moves the entries of `count` moments to another position, starting at the end where that overwrites
  -- no entry that is still to be moved.
  local function move(state, from, to, count)
    for done = 0, count - 1, PIECE do
      local length = min(PIECE, count - done)
      local at = to < from and done or count - done - length
      put_entries(state, to + at, entries_at(state, from + at, length))
    end
  end

  -- Replaces the whole state by the given entries. A log that outgrew SMALL gets room to grow.
  local function rewrite(state, entries, limit, ttl)
    local size = #entries / ENTRY
    local room = size
    if room > SMALL then
      room = max(room, min(limit, room * 2))
    end
    state.size, state.capacity, state.first = size, room, 0
    local text = log.header_of(state) .. entries
    if room > size then
      text = text .. repeated('\0\0\0\0\0', room - size)
    end
    call('SET', state.key, text, 'PX', max(MIN_TTL, ttl))
  end

  -- Lengthens a large ring in place, and moves the moments behind the seam to where the ring continues
  -- now. A small log becomes a large ring.
  local function lengthen(state, capacity)
    local seam = state.capacity - state.first
    local behind = state.size - seam
    if state.capacity <= SMALL then
      call('SET', state.key, log.header_of(state) .. entries_at(state, 0, state.size))
      state.first, behind = 0, 0
    end
    state.capacity = capacity
    call('SETRANGE', state.key, HEADER + capacity * ENTRY - 1, '\0')
    for done = 0, behind - 1, PIECE do
      local from, length = HEADER + done * ENTRY, min(PIECE, behind - done)
      local entries = call('GETRANGE', state.key, from, from + length * ENTRY - 1)
      put_entries(state, seam + done, entries)
    end
  end

  -- Appends any number of units to any log.
  function log.append_any(state, dropped, count, moment, limit, ttl)
    local entry = log.pack_moment(moment)
    local kept = state.size - dropped
    local size, capacity = kept + count, state.capacity
    local is_ring = capacity > SMALL and size <= capacity
    if size <= LARGE and (not is_ring or capacity > limit) then
      local entries = entries_at(state, dropped, kept) .. repeated(entry, count)
      return rewrite(state, entries, limit, ttl)
    end
    if capacity > 0 then
      state.first = (state.first + dropped) % capacity
    end
    state.size = kept
    if not is_ring then
      lengthen(state, min(limit, size * 2))
    end
    fill(state, kept, entry, count)
    state.size = size
    log.write_header(state, ttl)
  end

  -- Moves the entries of a ring so that `count` moments at a position vanish.
  local function close_gap(state, position, count)
    local behind = state.size - position - count
    if behind <= position then
      move(state, position + count, position, behind)
    else
      move(state, 0, count, position)
      state.first = (state.first + count) % state.capacity
    end
    state.size = state.size - count
  end

  -- Moves the entries of a ring so that there is room for `count` moments at a position.
  local function open_gap(state, position, count)
    local behind = state.size - position
    if behind <= position then
      move(state, position, position + count, behind)
    else
      state.first = (state.first - count) % state.capacity
      move(state, count, 0, position)
    end
    state.size = state.size + count
  end

  -- Removes `count` moments at a position, or replaces each by `instead` if that is not nil, and keeps the
  -- log in order. Moves the shorter side of the log. Its TTL is the time for which its newest moment counts.
  function log.take_out(state, position, count, instead, window_ms)
    local size = state.size - count
    local last = position + count < state.size and state.size - 1 or position - 1
    local newest = last >= 0 and log.moment_at(state, last) or -math.huge
    newest = max(newest, instead or newest)
    local ttl = newest + window_ms - state.now
    if ttl <= 0 then
      call('DEL', state.key)
      return
    end
    local entry = instead and log.pack_moment(instead)
    local target = instead and min(log.count_until(state, instead), position) or 0
    if state.capacity <= SMALL then
      local kept = entries_at(state, 0, target)
        .. (entry and repeated(entry, count) or '')
        .. entries_at(state, target, position - target)
        .. entries_at(state, position + count, size - position)
      return rewrite(state, kept, SMALL, ttl)
    end
    close_gap(state, position, count)
    if entry then
      open_gap(state, target, count)
      fill(state, target, entry, count)
    end
    log.write_header(state, ttl)
  end
end
