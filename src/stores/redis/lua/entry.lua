-- Decides groups of requests: evaluates all requests of a group, then commits all of them or none.
-- The groups are independent of each other; later ones see what earlier ones took.
--
-- KEYS: the keys of all requests, in their order.
-- ARGV: 1  now, in microseconds since 1970; -1 for the server's clock (a number is for tests)
--       then for each group: operation, deadline in microseconds of the server's clock (0: none),
--       number of requests, and the fields of each request:
--   all, any     kind, cost, longest wait in ms, two numbers of the policy;
--                with slots: most leases, lease in ms, lease token ('' looks)
--   give_back    kind, cost, booking ('' for any units), two numbers of the policy;
--                with slots: lease token
--   renew        lease in ms, lease token
--   forget       nothing: deletes the key
--   probe        nothing: writes the key, to prove that writing works
-- The kind of a request: b (bucket: interval in microseconds, burst), w (window: limit, window in
-- ms), s (slots), bs, ws. With units and slots it has two keys, that of the units first. A request
-- of kind s has no numbers of a policy.
-- Reply: integers. First now, then for each group its status: OK, LATE (nothing was done, because
-- the deadline had passed) or FOREIGN (a key holds something that is not ours); after OK come
--   all, any     for each request what its bucket, its window and its slots tell; a code first,
--                0 blocked by the rate, 1 allowed, 2 blocked by a slot
--   renew        1 or 0 for each lease

local OK, LATE, FOREIGN = 0, 1, 2

local key, arg = 1, 2
local bucket, window, slots

-- The algorithm of a kind of request; nil for slots alone.
local function counter_of(kind)
  if kind == 'b' or kind == 'bs' then
    bucket = bucket or open_bucket()
    return bucket
  end
  if kind == 'w' or kind == 'ws' then
    window = window or open_window()
    return window
  end
  return nil
end

-- Whether a kind of request has slots.
local function has_slots(kind)
  local is_slotted = kind ~= 'b' and kind ~= 'w'
  slots = slots or (is_slotted and open_slots())
  return is_slotted
end

-- The next request of `all` or `any`, with what is known of it. Nil when a key is not ours.
local function take_request()
  local kind = ARGV[arg]
  local counter, slotted = counter_of(kind), has_slots(kind)
  local request = {
    counter = counter,
    cost = tonumber(ARGV[arg + 1]),
    max_wait = tonumber(ARGV[arg + 2]),
    key = KEYS[key],
    first = counter and tonumber(ARGV[arg + 3]),
    second = counter and tonumber(ARGV[arg + 4]),
    state = true,
    went_back = false,
    passes = false,
    place = 0,
    booking = 0,
  }
  arg = arg + 3
  if counter then
    request.state, request.went_back = counter.read(request.key)
    arg, key = arg + 2, key + 1
  end
  if slotted then
    request.slots = slots.read(KEYS[key])
    request.max_concurrent, request.lease_ms = tonumber(ARGV[arg]), tonumber(ARGV[arg + 1])
    request.lease = ARGV[arg + 2]
    arg, key = arg + 3, key + 1
  end
  return request.state and (request.slots or not slotted) and request
end

-- Tells what a request would get. Reads only. Gives whether it passes.
local function evaluate(request, cost, takes_slot)
  local counter, place, passes = request.counter, request.place, true
  if counter then
    local first, second = request.first, request.second
    passes, request.booking =
      counter.evaluate(place, request.state, cost, request.max_wait, first, second)
    place = place + counter.width
  end
  if request.slots then
    local max_concurrent, lease_ms = request.max_concurrent, request.lease_ms
    local is_free = slots.evaluate(place, request.slots, takes_slot, max_concurrent, lease_ms)
    passes = passes and is_free
    place = place + slots.width
  end
  size = max(size, place)
  return passes
end

local function commit(request)
  local counter, cost = request.counter, request.cost
  if request.slots and request.lease ~= '' then
    slots.hold(request.slots.key, request.lease, request.lease_ms)
  end
  if counter and cost > 0 then
    local first, second = request.first, request.second
    counter.commit(request.key, request.state, cost, request.booking, first, second)
  elseif request.went_back then
    counter.repair(request.key, request.state, request.second)
  end
end

-- Takes nothing. A request that would have passed tells what a look finds.
local function leave(request)
  if request.went_back then
    request.counter.repair(request.key, request.state, request.second)
  end
  if request.passes then
    evaluate(request, 0, false)
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
    reply[size] = FOREIGN
    return
  end
  reply[size] = OK
  local first_passing, all_pass = nil, true
  for index = 1, count do
    local request = requests[index]
    request.place = size
    request.passes = evaluate(request, request.cost, request.lease ~= '')
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
end

-- The group that comes most often, one request for units, without anything that others need.
local function decide_units(counter)
  local cost, max_wait = tonumber(ARGV[arg + 1]), tonumber(ARGV[arg + 2])
  local first, second = tonumber(ARGV[arg + 3]), tonumber(ARGV[arg + 4])
  local name = KEYS[key]
  arg, key, size = arg + 5, key + 1, size + 1
  local state, went_back = counter.read(name)
  if not state then
    reply[size] = FOREIGN
    return
  end
  reply[size] = OK
  local passes, booking = counter.evaluate(size, state, cost, max_wait, first, second)
  if passes and cost > 0 then
    counter.commit(name, state, cost, booking, first, second)
  elseif went_back then
    counter.repair(name, state, second)
  end
  size = size + counter.width
end

-- Takes one grant back. Reads at the last moment: a group may return two grants of one key.
local function give_back()
  local kind = ARGV[arg]
  local counter, slotted = counter_of(kind), has_slots(kind)
  local cost, booking = tonumber(ARGV[arg + 1]), tonumber(ARGV[arg + 2])
  arg = arg + 3
  if counter then
    local first, second = tonumber(ARGV[arg]), tonumber(ARGV[arg + 1])
    local state = counter.read(KEYS[key])
    if state then
      counter.give_back(KEYS[key], state, cost, booking, first, second)
    end
    arg, key = arg + 2, key + 1
  end
  if slotted then
    slots.release(KEYS[key], ARGV[arg])
    arg, key = arg + 1, key + 1
  end
end

-- Everything but decisions.
local function serve(operation, count)
  size = size + 1
  reply[size] = OK
  for _ = 1, count do
    if operation == 'give_back' then
      give_back()
    elseif operation == 'renew' then
      slots = slots or open_slots()
      size = size + 1
      reply[size] = slots.renew(KEYS[key], ARGV[arg + 1], tonumber(ARGV[arg]))
      arg, key = arg + 2, key + 1
    elseif operation == 'forget' then
      call('DEL', KEYS[key])
      key = key + 1
    else
      call('SET', KEYS[key], '', 'PX', 1000)
      key = key + 1
    end
  end
end

-- Passes over the fields and keys of a group whose deadline has passed.
local function skip(operation, count)
  local slot_fields = { all = 3, any = 3, give_back = 1 }
  for _ = 1, count do
    if slot_fields[operation] then
      local kind = ARGV[arg]
      local counted, slotted = kind ~= 's', kind ~= 'b' and kind ~= 'w'
      arg = arg + 3 + (counted and 2 or 0) + (slotted and slot_fields[operation] or 0)
      key = key + (counted and 1 or 0) + (slotted and 1 or 0)
    else
      arg, key = arg + (operation == 'renew' and 2 or 0), key + 1
    end
  end
  size = size + 1
  reply[size] = LATE
end

while arg <= #ARGV do
  local operation, deadline, count = ARGV[arg], tonumber(ARGV[arg + 1]), tonumber(ARGV[arg + 2])
  arg = arg + 3
  if deadline > 0 and now > deadline then
    skip(operation, count)
  elseif operation == 'all' or operation == 'any' then
    local kind = ARGV[arg]
    if count == 1 and (kind == 'b' or kind == 'w') then
      decide_units(counter_of(kind))
    else
      decide(count, operation == 'any')
    end
  else
    serve(operation, count)
  end
end

return reply
