-- Concurrency: a sorted set of leases, the lease token by the moment at which the lease ends, in
-- milliseconds of the server's clock. Twin of src/algorithms/concurrency.ts.
--
-- While requests may wait for a slot, the set holds the queue's mark, with a score before all moments.
-- It counts as a lease that has ended, and a decision reads the queue only when it finds such leases. A
-- decision takes three to six commands, and one ZCARD more while there may be a queue or after a holder
-- died; then it reads as many places as there are free slots.

-- Adds the functions that only waiting requests need.
local function add_queueing(slots, queue)
  -- Takes or renews the place of a request that only lacks a slot; false when the queue is full.
  function slots.wait(state, lease)
    local owner, most_places = match(lease, '^[^:]*'), state.most_places
    local kept = queue.keep(state.queue_key, owner, { lease }, { state.since }, most_places)
    slots.mark(state.key)
    return kept == 1
  end

  -- Marks the leases: there may be waiting requests.
  function slots.mark(key)
    call('ZADD', key, queue.mark_score, queue.mark)
    slots.outlive(key, queue.ttl_ms)
  end

  -- Takes and renews places of an owner. Returns how many of them, from the first, are in the queue, and
  -- the number of the first place of the whole queue if it belongs to the owner.
  function slots.keep_places(key, queue_key, owner, places, since, most_places)
    if not queue.read(queue_key) or type(pcall('ZCARD', key)) ~= 'number' then
      return 0, -1
    end
    local kept = queue.keep(queue_key, owner, places, since, most_places)
    if kept > 0 then
      slots.mark(key)
    end
    return kept, queue.first_of(queue_key, owner)
  end

  function slots.leave(key, places)
    queue.leave(key, places)
  end
end

local function open_slots()
  local slots = { width = 4 }
  local at = now / 1000
  local queue

  -- Reads the state for a decision, with the queue. `most_places` is how many requests may wait, 0 for a
  -- request that does not wait; `since` is when a request came that is waiting already. Without a
  -- `queue_key` the queue is not read. Nil: a key holds a foreign value.
  function slots.read(key, queue_key, most_places, since)
    local ended = pcall('ZCOUNT', key, '-inf', at)
    if type(ended) ~= 'number' then
      return nil
    end
    local waiting = 0
    if queue_key and (ended > 0 or most_places > 0) then
      queue = queue or open_queue()
      waiting = queue.read(queue_key)
    end
    return waiting
      and {
        key = key,
        queue_key = queue_key,
        most_places = most_places,
        since = most_places > 0 and since or '0',
        ended = ended,
        held = call('ZCARD', key) - ended,
        waiting = waiting,
      }
  end

  -- When the lease at a position ends, counted from the first to end (0); nil beyond the last.
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

  -- Decides on one slot for a lease (`-` peeks); `takes`: an allowed verdict takes it. A free slot belongs
  -- to the first places of the queue. Reads only. Replies with the code, the remaining slots, and the
  -- milliseconds until the next one and until all of them are free.
  function slots.evaluate(offset, state, lease, takes, max_concurrent, lease_ms)
    local free = max_concurrent - state.held
    local ahead = 0
    if free > 0 and state.waiting > 0 then
      local place = state.most_places > 0 and lease
      ahead = queue.ahead(state.queue_key, place, state.since, state.waiting, free)
    end
    local allowed = free > ahead
    local count, find, added = state.held, end_at, nil
    if allowed and takes then
      count, find, added = count + 1, end_at_with, at + lease_ms
    end
    local too_many = max(1, count - max_concurrent + 1)
    local next_free = ceil((find(state, too_many - 1, added) or at) - at)
    if free > 0 and not allowed then
      next_free = queue.poll_ms
    end
    reply[offset + 1] = allowed and ALLOWED or DENIED_BY_SLOT
    reply[offset + 2] = max(0, max_concurrent - count - ahead)
    reply[offset + 3] = next_free
    reply[offset + 4] = ceil((find(state, count - 1, added) or at) - at)
    return allowed
  end

  -- Sets the TTL: until the last lease ends, and as long as there may be places in the queue.
  local function outlive(key, shortest)
    local last = call('ZRANGE', key, -1, -1, 'WITHSCORES')[2]
    if last then
      local left = max(shortest, ceil(tonumber(last) - at))
      if tonumber(last) < 0 then
        queue = queue or open_queue()
        left = queue.ttl_ms
      end
      call('PEXPIRE', key, max(MIN_TTL, left))
    end
  end

  -- Drops leases that have ended, at most 64 of very many. The mark stays while there may be a queue.
  local function drop_ended(key, waits, ended)
    local most, first = 64, waits and 1 or 0
    if ended <= most then
      call('ZREMRANGEBYSCORE', key, waits and 0 or '-inf', at)
      return
    end
    for _, lease in ipairs(call('ZRANGE', key, first, first + most - 1)) do
      call('ZREM', key, lease)
    end
  end

  -- Takes a slot for a lease, or renews the lease.
  local function hold(key, lease, lease_ms)
    call('ZADD', key, at + lease_ms, lease)
    outlive(key, 1)
  end

  -- Takes the slot of an allowed request for its lease, and removes its place from the queue.
  function slots.hold(state, lease, lease_ms)
    local waits = state.waiting > 0
    drop_ended(state.key, waits, state.ended)
    hold(state.key, lease, lease_ms)
    if waits and state.most_places > 0 then
      call('ZREM', state.queue_key, lease)
    end
  end

  -- The same with the functions that only waiting requests need.
  function slots.with_queueing()
    if not slots.keep_places then
      queue = queue or open_queue()
      slots.outlive = outlive
      add_queueing(slots, queue)
    end
    return slots
  end

  -- Renews a lease; 0 when it has ended.
  function slots.renew(key, lease, lease_ms)
    local ends = pcall('ZSCORE', key, lease)
    if type(ends) ~= 'string' or tonumber(ends) <= at then
      return 0
    end
    hold(key, lease, lease_ms)
    return 1
  end

  -- Releases the slot of a lease; harmless when it holds none.
  function slots.release(key, lease)
    if pcall('ZREM', key, lease) == 1 then
      outlive(key, 1)
    end
  end

  return slots
end
