-- Concurrency: a sorted set of leases, the owner's token by the moment its lease ends, in
-- milliseconds of the server's clock. Twin of src/algorithms/concurrency.ts.

local function open_slots()
  local slots = { width = 4 }
  local at = now / 1000

  -- Reads what a decision needs to know. Nil when the key holds something else.
  function slots.read(key)
    local ended = pcall('ZCOUNT', key, '-inf', at)
    if type(ended) ~= 'number' then
      return nil
    end
    return { key = key, ended = ended, held = call('ZCARD', key) - ended }
  end

  -- When the lease at a position ends, counted from the one that ends first (0); nil beyond the last.
  local function end_at(state, position)
    if position < 0 or position >= state.held then
      return nil
    end
    local rank = state.ended + position
    return tonumber(call('ZRANGE', state.key, rank, rank, 'WITHSCORES')[2])
  end

  -- The same with one more lease, which ends at `added`.
  local function end_at_with(state, position, added)
    local here = end_at(state, position)
    if here and here <= added then
      return here
    end
    local before = end_at(state, position - 1)
    if before and before > added then
      return before
    end
    return position <= state.held and added or nil
  end

  -- Decides over one slot; `takes` tells whether an allowed verdict takes it. Reads only. Tells the
  -- code, the slots that remain, and in how many ms the next one and all of them come free.
  function slots.evaluate(place, state, takes, max_concurrent, lease_ms)
    local allowed = state.held < max_concurrent
    local count, find, added = state.held, end_at, nil
    if allowed and takes then
      count, find, added = count + 1, end_at_with, at + lease_ms
    end
    local too_many = max(1, count - max_concurrent + 1)
    reply[place + 1] = allowed and ALLOWED or BLOCKED_BY_SLOT
    reply[place + 2] = max(0, max_concurrent - count)
    reply[place + 3] = ceil((find(state, too_many - 1, added) or at) - at)
    reply[place + 4] = ceil((find(state, count - 1, added) or at) - at)
    return allowed
  end

  -- The key lives as long as the lease in it that ends last.
  local function outlive(key)
    local last = call('ZRANGE', key, -1, -1, 'WITHSCORES')[2]
    if last then
      call('PEXPIRE', key, max(SHORTEST_LIFE, ceil(tonumber(last) - at)))
    end
  end

  -- Gives a slot to a lease, or prolongs the one that it holds, and drops leases that have ended.
  function slots.hold(key, lease, lease_ms)
    call('ZREMRANGEBYSCORE', key, '-inf', at)
    call('ZADD', key, at + lease_ms, lease)
    outlive(key)
  end

  -- Prolongs a lease; 0 when it has ended.
  function slots.renew(key, lease, lease_ms)
    local ends = pcall('ZSCORE', key, lease)
    if type(ends) ~= 'string' or tonumber(ends) <= at then
      return 0
    end
    slots.hold(key, lease, lease_ms)
    return 1
  end

  -- Frees the slot of a lease; harmless when it holds none.
  function slots.release(key, lease)
    if pcall('ZREM', key, lease) == 1 then
      outlive(key)
    end
  end

  return slots
end
