-- How the log of a window is written when one slot of a ring does not do: small logs, many units at
-- once, logs that change their length, and units that are taken out again. Twin of src/algorithms/window-log.ts; window-log.lua describes the state.

-- Adds what is needed for that to the functions of a log.
local function add_writes(log)
  -- Up to LARGE moments (500 kB) a log is rewritten in its exact size when it must change its form; a
  -- larger ring changes where it is, in pieces. Every text that is made here costs about 2 ns a byte,
  -- because Lua hashes it; what the server copies by itself costs next to nothing.
  local LARGE, PIECE = 100000, 16384

  -- The slots of `count` moments from a position on, as one string.
  local function slots_at(state, position, count)
    if count < 1 then
      return ''
    end
    local slot = (state.first + position) % state.capacity
    local tail = min(count, state.capacity - slot)
    local from = HEADER + slot * SLOT
    local slots
    if from + tail * SLOT <= #state.text then
      slots = sub(state.text, from + 1, from + tail * SLOT)
    else
      slots = call('GETRANGE', state.key, from, from + tail * SLOT - 1)
    end
    if tail == count then
      return slots
    end
    return slots .. slots_at(state, position + tail, count - tail)
  end

  -- Writes slots from a position on. What was read of the log before is out of date after that.
  local function put_slots(state, position, slots)
    if slots == '' then
      return
    end
    state.text, state.known = '', nil
    local slot = (state.first + position) % state.capacity
    local tail = (state.capacity - slot) * SLOT
    if tail < #slots then
      call('SETRANGE', state.key, HEADER, sub(slots, tail + 1))
      slots = sub(slots, 1, tail)
    end
    call('SETRANGE', state.key, HEADER + slot * SLOT, slots)
  end

  -- One slot so many times, as one string.
  local function repeated(slot, count)
    local text, times = slot, 1
    while times * 2 <= count do
      text, times = text .. text, times * 2
    end
    return times == count and text or text .. sub(text, 1, (count - times) * SLOT)
  end

  -- Writes one slot so many times from a position on.
  local function fill(state, position, slot, count)
    local piece = repeated(slot, min(count, PIECE))
    for done = 0, count - PIECE, PIECE do
      put_slots(state, position + done, piece)
    end
    local rest = count % PIECE
    put_slots(state, position + count - rest, sub(piece, 1, rest * SLOT))
  end

  -- Moves the slots of `count` moments to another position, from the end at which nothing that is
  -- still to be moved is overwritten.
  local function move(state, from, to, count)
    for done = 0, count - 1, PIECE do
      local length = min(PIECE, count - done)
      local at = to < from and done or count - done - length
      put_slots(state, to + at, slots_at(state, from + at, length))
    end
  end

  -- Replaces the whole state by the given slots; a log that outgrew SMALL gets room to grow.
  local function rewrite(state, slots, limit, life)
    local size = #slots / SLOT
    local room = size
    if room > SMALL then
      room = max(room, min(limit, room * 2))
    end
    state.size, state.capacity, state.first = size, room, 0
    local text = log.header_of(state) .. slots
    if room > size then
      text = text .. repeated('\0\0\0\0\0', room - size)
    end
    call('SET', state.key, text, 'PX', max(SHORTEST_LIFE, life))
  end

  -- Gives a large ring more slots where it is, and moves the moments behind the seam to where the
  -- ring goes on now. A small log becomes a large ring.
  local function lengthen(state, capacity)
    local seam = state.capacity - state.first
    local behind = state.size - seam
    if state.capacity <= SMALL then
      call('SET', state.key, log.header_of(state) .. slots_at(state, 0, state.size))
      state.first, behind = 0, 0
    end
    state.capacity = capacity
    call('SETRANGE', state.key, HEADER + capacity * SLOT - 1, '\0')
    for done = 0, behind - 1, PIECE do
      local from, length = HEADER + done * SLOT, min(PIECE, behind - done)
      local slots = call('GETRANGE', state.key, from, from + length * SLOT - 1)
      put_slots(state, seam + done, slots)
    end
  end

  -- Appends to any log, by any number of units.
  function log.append_any(state, dropped, count, moment, limit, life)
    local slot = log.pack_moment(moment)
    local kept = state.size - dropped
    local size, capacity = kept + count, state.capacity
    local is_ring = capacity > SMALL and size <= capacity
    if size <= LARGE and (not is_ring or capacity > limit) then
      local slots = slots_at(state, dropped, kept) .. repeated(slot, count)
      return rewrite(state, slots, limit, life)
    end
    if capacity > 0 then
      state.first = (state.first + dropped) % capacity
    end
    state.size = kept
    if not is_ring then
      lengthen(state, min(limit, size * 2))
    end
    fill(state, kept, slot, count)
    state.size = size
    log.write_header(state, life)
  end

  -- Moves the slots of a ring so that `count` moments at a position vanish.
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

  -- Moves the slots of a ring so that `count` moments fit in at a position.
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

  -- Removes `count` moments at a position; each comes back as `instead`, if that is not nil, in its
  -- order. Moves the shorter side of the log. The log lives for as long as its newest moment counts.
  function log.take_out(state, position, count, instead, window_ms)
    local size = state.size - count
    local last = position + count < state.size and state.size - 1 or position - 1
    local newest = last >= 0 and log.moment_at(state, last) or -math.huge
    newest = max(newest, instead or newest)
    local life = newest + window_ms - state.now
    if life <= 0 then
      call('DEL', state.key)
      return
    end
    local slot = instead and log.pack_moment(instead)
    local target = instead and min(log.count_until(state, instead), position) or 0
    if state.capacity <= SMALL then
      local kept = slots_at(state, 0, target)
        .. (slot and repeated(slot, count) or '')
        .. slots_at(state, target, position - target)
        .. slots_at(state, position + count, size - position)
      return rewrite(state, kept, SMALL, life)
    end
    close_gap(state, position, count)
    if slot then
      open_gap(state, target, count)
      fill(state, target, slot, count)
    end
    log.write_header(state, life)
  end
end
