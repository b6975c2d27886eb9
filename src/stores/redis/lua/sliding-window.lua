-- Exact sliding window over the log of accepted units. Twin of src/algorithms/sliding-window.ts: the
-- same names and the same order of operations, in whole milliseconds of the log's own time.

local function open_window()
  local window = { width = 7, release_keys = 1 }
  local log, huge = open_log(), math.huge
  local moment_at, count_until = log.moment_at, log.count_until

  -- The newest moment; in the future if it is reserved.
  local function newest(state)
    return state.size == 0 and -huge or moment_at(state, state.size - 1)
  end

  -- Reads the state, and whether the clock went back. Nil: the key holds a foreign value.
  function window.read(key)
    local state = log.read(key)
    return state, state and state.clock_regressed
  end

  -- The earliest moment at which `wanted` more units leave at most `limit` in any window, and not
  -- before any reservation.
  local function free_at(state, wanted, limit, window_ms)
    local newest_at = newest(state)
    local reserved = newest_at > state.now and newest_at or -huge
    local pushed_out = state.size + wanted - limit - 1
    if pushed_out < 0 then
      return reserved
    end
    return max(reserved, moment_at(state, pushed_out) + window_ms)
  end

  -- Decides on `cost` units; 0 peeks. Reads only. Replies with code, remaining, retry, reset, more, wait
  -- (ms) and reservation. Returns the reservation.
  function window.evaluate(offset, state, cost, max_wait, limit, window_ms)
    local at, size = state.now, state.size
    local wanted = max(cost, 1)
    local can_fit = wanted <= limit
    local free = can_fit and free_at(state, wanted, limit, window_ms) or huge
    local wait = max(0, free - at)
    local allowed = can_fit and wait <= max_wait

    local taken = allowed and cost or 0
    local taken_at = max(at, free)
    local expired = count_until(state, at - window_ms)
    state.expired = expired
    local active = size - expired + taken
    local used = min(active, limit)
    local newest_at = taken > 0 and taken_at or newest(state)
    local last, more_after = 0, 0
    if active > 0 then
      last = newest_at + window_ms - at
      local next_position, next_in = expired + active - used, last
      if next_position < size then
        next_in = moment_at(state, next_position) + window_ms - at
      end
      more_after = max(next_in, newest_at - at)
    end
    reply[offset + 1] = allowed and ALLOWED or DENIED_BY_RATE
    reply[offset + 2] = newest_at > at and 0 or limit - used
    reply[offset + 3] = allowed and 0 or (can_fit and wait or NEVER)
    reply[offset + 4], reply[offset + 5] = last, more_after
    reply[offset + 6] = allowed and wait or 0
    reply[offset + 7] = can_fit and taken_at or at
    return allowed, taken_at
  end

  -- Takes the units of an allowed verdict: appends them and keeps at most the newest `limit`.
  function window.commit(_, state, cost, reservation, limit, window_ms)
    local kept = min(state.size - state.expired, limit - cost)
    local ttl = reservation + window_ms - state.now
    log.append(state, state.size - kept, cost, reservation, limit, ttl)
  end

  -- Writes the state that a clock that went back has changed, although nothing is taken.
  function window.repair(_, state, window_ms)
    log.write_header(state, newest(state) + window_ms - state.now)
  end

  -- Releases units: those of one reservation, or (nil: a refund) the newest, unless a moment ahead is
  -- reserved. A reservation in the future pushed an older moment out early; it is replaced by the youngest
  -- that this can have been. One search, and one move of the moments on one side.
  function window.release(_, state, cost, reservation, _, window_ms)
    if not reservation and newest(state) > state.now then
      return
    end
    local last = reservation and count_until(state, reservation) or state.size
    local from = reservation and count_until(state, reservation - 1) or 0
    local returned = min(cost, last - from)
    if returned < 1 then
      return
    end
    local is_ahead = reservation and reservation > state.now
    add_writes(log)
    log.take_out(state, last - returned, returned, is_ahead and reservation - window_ms, window_ms)
  end

  return window
end
