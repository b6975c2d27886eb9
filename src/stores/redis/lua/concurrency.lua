-- Concurrency: a sorted set of leases, the owner's token by the moment its lease ends, in
-- milliseconds of the server's clock. Twin of src/algorithms/concurrency.ts.
--
-- While a request may wait for a slot, the set holds the queue's mark, with a score before all moments.
-- It counts as a lease that has ended, and only who meets one of those looks for a queue: a decision
-- costs what it did (three to six commands) and one ZCARD more while there may be a queue, or after
-- a holder died; then a free slot is worth a look at as many places as there are free slots.

-- Adds what only requests that wait need.
local function add_queueing(slots, queue)
  -- Takes or renews the place of a request that only lacks a slot; false when there is no room.
  function slots.wait(state, lease)
    local owner, most_places = match(lease, '^[^:]*'), state.most_places
    local kept = queue.keep(state.queue_key, owner, { lease }, { state.since }, most_places)
    slots.mark(state.key)
    return kept == 1
  end

  -- Lets who asks for a slot know that somebody may wait.
  function slots.mark(key)
    call('ZADD', key, queue.mark_score, queue.mark)
    slots.outlive(key, queue.life_ms)
  end

  -- Takes and renews places of an owner. Tells how many of them, from the first, it has, and the
  -- number of the first of all places if that is its own.
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

  -- Reads what a decision needs to know, with the queue of those who wait: `most_places` is how many
  -- may, 0 for a request that does not wait, and `since` when one came that waits already. Without a
  -- `queue_key` nobody looks at the queue. Nil when a key holds something else.
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

  -- Decides over one slot for a lease (`-` looks); `takes` tells whether an allowed verdict takes it.
  -- Nobody gets a slot before those whose places come first. Reads only. Tells the code, the slots
  -- that remain, and in how many ms the next one and all of them come free.
  function slots.evaluate(place, state, lease, takes, max_concurrent, lease_ms)
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
    reply[place + 1] = allowed and ALLOWED or BLOCKED_BY_SLOT
    reply[place + 2] = max(0, max_concurrent - count - ahead)
    reply[place + 3] = next_free
    reply[place + 4] = ceil((find(state, count - 1, added) or at) - at)
    return allowed
  end

  -- The key lives as long as the lease in it that ends last, and as the places of those who wait.
  local function outlive(key, shortest)
    local last = call('ZRANGE', key, -1, -1, 'WITHSCORES')[2]
    if last then
      local left = max(shortest, ceil(tonumber(last) - at))
      if tonumber(last) < 0 then
        queue = queue or open_queue()
        left = queue.life_ms
      end
      call('PEXPIRE', key, max(SHORTEST_LIFE, left))
    end
  end

  -- Drops leases that have ended, of thousands a few. The mark stays while there may be a queue.
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

  -- Gives a slot to a lease, or prolongs the one that it holds.
  local function hold(key, lease, lease_ms)
    call('ZADD', key, at + lease_ms, lease)
    outlive(key, 1)
  end

  -- Gives the slot of an allowed request to its lease, whose place in the queue is taken off.
  function slots.hold(state, lease, lease_ms)
    local waits = state.waiting > 0
    drop_ended(state.key, waits, state.ended)
    hold(state.key, lease, lease_ms)
    if waits and state.most_places > 0 then
      call('ZREM', state.queue_key, lease)
    end
  end

  -- The same with what only requests that wait need.
  function slots.with_queueing()
    if not slots.keep_places then
      queue = queue or open_queue()
      slots.outlive = outlive
      add_queueing(slots, queue)
    end
    return slots
  end

  -- Prolongs a lease; 0 when it has ended.
  function slots.renew(key, lease, lease_ms)
    local ends = pcall('ZSCORE', key, lease)
    if type(ends) ~= 'string' or tonumber(ends) <= at then
      return 0
    end
    hold(key, lease, lease_ms)
    return 1
  end

  -- Frees the slot of a lease; harmless when it holds none.
  function slots.release(key, lease)
    if pcall('ZREM', key, lease) == 1 then
      outlive(key, 1)
    end
  end

  return slots
end
