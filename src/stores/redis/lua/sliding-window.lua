-- Exact sliding window over the log of accepted units. Twin of src/algorithms/sliding-window.ts: the
-- same names and the same order of operations, in whole milliseconds of the log's own time.

local function open_window()
  local window = { width = 7, release_keys = 1 }
  local log, huge = open_log(), math.huge
  local moment_at, count_until = log.moment_at, log.count_until

  -- The newest moment, in the future when it was reserved.
  local function newest(state)
    return state.size == 0 and -huge or moment_at(state, state.size - 1)
  end

  -- Reads the state, and whether the clock went back. Nil when the key holds something else.
  function window.read(key)
    local state = log.read(key)
    return state, state and state.clock_regressed
  end

  -- The earliest moment at which `wanted` more units leave at most `limit` in any window, and not
  -- before anything that is reserved already.
  local function free_at(state, wanted, limit, window_ms)
    local newest_at = newest(state)
    local reserved = newest_at > state.now and newest_at or -huge
    local pushed_out = state.size + wanted - limit - 1
    if pushed_out < 0 then
      return reserved
    end
    return max(reserved, moment_at(state, pushed_out) + window_ms)
  end

  -- Decides over `cost` units; 0 looks. Reads only. Tells a verdict: code, remaining, retry, reset,
  -- more, wait (ms) and reservation. Gives the reservation.
  function window.evaluate(place, state, cost, max_wait, limit, window_ms)
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
    reply[place + 1] = allowed and ALLOWED or BLOCKED_BY_RATE
    reply[place + 2] = newest_at > at and 0 or limit - used
    reply[place + 3] = allowed and 0 or (can_fit and wait or NEVER)
    reply[place + 4], reply[place + 5] = last, more_after
    reply[place + 6] = allowed and wait or 0
    reply[place + 7] = can_fit and taken_at or at
    return allowed, taken_at
  end

  -- Takes what an allowed verdict granted: appends `cost` units and keeps at most the newest `limit`.
  function window.commit(_, state, cost, reservation, limit, window_ms)
    local kept = min(state.size - state.expired, limit - cost)
    local life = reservation + window_ms - state.now
    log.append(state, state.size - kept, cost, reservation, limit, life)
  end

  -- Writes down what a clock that went back has changed, although nothing is taken.
  function window.repair(_, state, window_ms)
    log.write_header(state, newest(state) + window_ms - state.now)
  end

  -- Returns units: those of one reservation, or (nil: a refund) the newest, unless a moment ahead is
  -- promised. A reservation in the future pushed an older moment out early; what comes back in its place
  -- is the youngest that it can have been. One search, and one move of the moments on one side.
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
