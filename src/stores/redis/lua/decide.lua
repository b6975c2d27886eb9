-- Decisions: all requests of an operation are evaluated, then all of them are committed or none. The
-- fields and keys of requests are those of dispatch.lua.

-- The algorithms that count units, by the letter of their kind. Each is created when first needed.
local counters, slots = { b = open_bucket, w = open_window }, nil

-- Whether a kind of request has slots: its last letter is s.
local function has_slots(kind)
  return sub(kind, -1) == 's'
end

-- The algorithm that counts the units of a kind; nil for slots alone. Fails for an unknown kind.
local function counter_of(kind)
  local letter = has_slots(kind) and sub(kind, 1, -2) or kind
  if letter == '' then
    return nil
  end
  local counter = counters[letter] or error('no algorithm has the kind ' .. kind)
  if type(counter) == 'function' then
    counter = counter()
    counters[letter] = counter
  end
  return counter
end

-- Decides operations of several requests, and of slots.
local function open_decide()
  -- Reads the next request of `all` or `any` and its state. False: a key holds a foreign value.
  local function read_request()
    local kind = args[next_arg]
    local counter, slotted = counter_of(kind), has_slots(kind)
    local request = {
      counter = counter,
      cost = tonumber(args[next_arg + 1]),
      max_wait = tonumber(args[next_arg + 2]),
      key = KEYS[key],
      first = counter and tonumber(args[next_arg + 3]),
      second = counter and tonumber(args[next_arg + 4]),
      state = true,
      clock_regressed = false,
      passes = false,
      offset = 0,
      reservation = 0,
    }
    next_arg = next_arg + 3
    if counter then
      request.state, request.clock_regressed = counter.read(request.key)
      next_arg, key = next_arg + 2, key + 1
    end
    if slotted then
      slots = slots or open_slots()
      local most_places = tonumber(args[next_arg + 3])
      local queue_key, since = most_places and KEYS[key + 1], args[next_arg + 4]
      request.slots = slots.read(KEYS[key], queue_key, most_places or 0, since)
      request.max_concurrent = tonumber(args[next_arg])
      request.lease_ms, request.lease = tonumber(args[next_arg + 1]), args[next_arg + 2]
      next_arg, key = next_arg + 5, key + (queue_key and 2 or 1)
    end
    return request.state and (request.slots or not slotted) and request
  end

  -- Writes the verdict of a request into the reply. Reads only. Returns whether it passes.
  local function evaluate(request, cost, takes_slot)
    local counter, offset, passes = request.counter, request.offset, true
    if counter then
      local first, second = request.first, request.second
      passes, request.reservation =
        counter.evaluate(offset, request.state, cost, request.max_wait, first, second)
      offset = offset + counter.width
    end
    if request.slots then
      local max_concurrent, lease_ms, lease = request.max_concurrent, request.lease_ms, request.lease
      local is_free = slots.evaluate(offset, request.slots, lease, takes_slot, max_concurrent, lease_ms)
      request.lacks_slot = passes and not is_free
      passes = passes and is_free
      offset = offset + slots.width
    end
    size = max(size, offset)
    return passes
  end

  local function commit(request)
    local counter, cost = request.counter, request.cost
    if request.slots and request.lease ~= '-' then
      slots.hold(request.slots, request.lease, request.lease_ms)
    end
    if counter and cost > 0 then
      local first, second = request.first, request.second
      counter.commit(request.key, request.state, cost, request.reservation, first, second)
    elseif request.clock_regressed then
      counter.repair(request.key, request.state, request.second)
    end
  end

  -- Takes nothing. Replies to a request that would have passed as to a peek.
  local function decline(request)
    if request.clock_regressed then
      request.counter.repair(request.key, request.state, request.second)
    end
    if request.passes then
      evaluate(request, 0, false)
    end
  end

  -- Puts a lone request that lacks nothing but a slot into the queue.
  local function enqueue(request)
    if not request.lacks_slot or request.slots.most_places == 0 then
      return
    end
    if not slots.with_queueing().wait(request.slots, request.lease) then
      local width = request.counter and request.counter.width or 0
      reply[request.offset + width + 1] = QUEUE_IS_FULL
    end
  end

  -- Takes all requests, or (`only_first`) the first that passes.
  local function decide(count, only_first)
    local requests, are_ours = {}, true
    for index = 1, count do
      requests[index] = read_request()
      are_ours = are_ours and requests[index]
    end
    size = size + 1
    if not are_ours then
      reply[size] = WRONG_TYPE
      return
    end
    reply[size] = OK
    local first_passing, all_pass = nil, true
    for index = 1, count do
      local request = requests[index]
      request.offset = size
      request.passes = evaluate(request, request.cost, request.lease ~= '-')
      all_pass = all_pass and request.passes
      first_passing = first_passing or (request.passes and index)
    end
    for index = 1, count do
      if (only_first and index == first_passing) or (not only_first and all_pass) then
        commit(requests[index])
      else
        decline(requests[index])
      end
    end
    if count == 1 then
      enqueue(requests[1])
    end
  end

  return decide
end

-- Decides coalesced operations of one request for units each, without anything that others need.
local function decide_units(operations, counter)
  local cost, max_wait = tonumber(args[next_arg + 1]), tonumber(args[next_arg + 2])
  local first, second = tonumber(args[next_arg + 3]), tonumber(args[next_arg + 4])
  local read, evaluate, commit = counter.read, counter.evaluate, counter.commit
  next_arg = next_arg + 5
  for index = key, key + operations - 1 do
    local name = KEYS[index]
    local state, clock_regressed = read(name)
    size = size + 1
    if state then
      reply[size] = OK
      local passes, reservation = evaluate(size, state, cost, max_wait, first, second)
      if passes and cost > 0 then
        commit(name, state, cost, reservation, first, second)
      elseif clock_regressed then
        counter.repair(name, state, second)
      end
      size = size + counter.width
    else
      reply[size] = WRONG_TYPE
    end
  end
  key = key + operations
end
