-- Decisions over groups of requests: all requests of a group are evaluated, then all of them are
-- committed or none. The fields and keys of requests are those of dispatch.lua.

-- The algorithms that count units, by the letter of their kind. Each is made when it is first needed.
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

-- What decides groups of more than one request, and of slots.
local function open_decide()
  -- The next request of `all` or `any`, with what is known of it. Nil when a key is not ours.
  local function take_request()
    local kind = words[next_word]
    local counter, slotted = counter_of(kind), has_slots(kind)
    local request = {
      counter = counter,
      cost = tonumber(words[next_word + 1]),
      max_wait = tonumber(words[next_word + 2]),
      key = KEYS[key],
      first = counter and tonumber(words[next_word + 3]),
      second = counter and tonumber(words[next_word + 4]),
      state = true,
      clock_regressed = false,
      passes = false,
      place = 0,
      reservation = 0,
    }
    next_word = next_word + 3
    if counter then
      request.state, request.clock_regressed = counter.read(request.key)
      next_word, key = next_word + 2, key + 1
    end
    if slotted then
      slots = slots or open_slots()
      local most_places = tonumber(words[next_word + 3])
      local queue_key, since = most_places and KEYS[key + 1], words[next_word + 4]
      request.slots = slots.read(KEYS[key], queue_key, most_places or 0, since)
      request.max_concurrent = tonumber(words[next_word])
      request.lease_ms, request.lease = tonumber(words[next_word + 1]), words[next_word + 2]
      next_word, key = next_word + 5, key + (queue_key and 2 or 1)
    end
    return request.state and (request.slots or not slotted) and request
  end

  -- Tells what a request would get. Reads only. Gives whether it passes.
  local function evaluate(request, cost, takes_slot)
    local counter, place, passes = request.counter, request.place, true
    if counter then
      local first, second = request.first, request.second
      passes, request.reservation =
        counter.evaluate(place, request.state, cost, request.max_wait, first, second)
      place = place + counter.width
    end
    if request.slots then
      local max_concurrent, lease_ms, lease = request.max_concurrent, request.lease_ms, request.lease
      local is_free = slots.evaluate(place, request.slots, lease, takes_slot, max_concurrent, lease_ms)
      request.lacks_slot = passes and not is_free
      passes = passes and is_free
      place = place + slots.width
    end
    size = max(size, place)
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

  -- Takes nothing. A request that would have passed tells what a look finds.
  local function leave(request)
    if request.clock_regressed then
      request.counter.repair(request.key, request.state, request.second)
    end
    if request.passes then
      evaluate(request, 0, false)
    end
  end

  -- Keeps the place of a request that stands alone and lacks nothing but a slot.
  local function wait(request)
    if not request.lacks_slot or request.slots.most_places == 0 then
      return
    end
    if not slots.with_queueing().wait(request.slots, request.lease) then
      local width = request.counter and request.counter.width or 0
      reply[request.place + width + 1] = QUEUE_IS_FULL
    end
  end

  -- Takes all, or (`only_first`) the first that passes.
  local function decide(count, only_first)
    local requests, are_ours = {}, true
    for index = 1, count do
      requests[index] = take_request()
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
      request.place = size
      request.passes = evaluate(request, request.cost, request.lease ~= '-')
      all_pass = all_pass and request.passes
      first_passing = first_passing or (request.passes and index)
    end
    for index = 1, count do
      if (only_first and index == first_passing) or (not only_first and all_pass) then
        commit(requests[index])
      else
        leave(requests[index])
      end
    end
    if count == 1 then
      wait(requests[1])
    end
  end

  return decide
end

-- The groups that come most often, of one request for units, without anything that others need.
local function decide_units(groups, counter)
  local cost, max_wait = tonumber(words[next_word + 1]), tonumber(words[next_word + 2])
  local first, second = tonumber(words[next_word + 3]), tonumber(words[next_word + 4])
  local read, evaluate, commit = counter.read, counter.evaluate, counter.commit
  next_word = next_word + 5
  for index = key, key + groups - 1 do
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
  key = key + groups
end
