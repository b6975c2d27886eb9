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
--   all, any     for each request: code, remaining, retry, reset, more, wait (ms), booking
--   renew        1 or 0 for each lease
-- Codes: 0 blocked by the rate, 1 allowed, 2 blocked by a slot. A wait of -1 never ends.

local OK, LATE, FOREIGN = 0, 1, 2

local reply = { now }
local next_key, next_arg = 1, 2

local function take_key()
  next_key = next_key + 1
  return KEYS[next_key - 1]
end

local function take_text()
  next_arg = next_arg + 1
  return ARGV[next_arg - 1]
end

local function take_number()
  return tonumber(take_text())
end

local COUNTERS = { b = bucket, bs = bucket, w = window, ws = window }
local SLOTTED = { s = true, bs = true, ws = true }

-- The fields that decisions and returns have in common.
local function take_request(third)
  local kind = take_text()
  local request = { counter = COUNTERS[kind], slotted = SLOTTED[kind], cost = take_number() }
  request[third] = take_number()
  if request.counter then
    request.key, request.first, request.second = take_key(), take_number(), take_number()
  end
  if request.slotted then
    request.slot_key = take_key()
  end
  return request
end

local function take_decision()
  local request = take_request('max_wait')
  if request.slotted then
    request.max_concurrent, request.lease_ms = take_number(), take_number()
    request.lease = take_text()
  end
  return request
end

local function take_return()
  local request = take_request('booking')
  if request.slotted then
    request.lease = take_text()
  end
  return request
end

local function take_lease()
  return { slotted = true, slot_key = take_key(), lease_ms = take_number(), lease = take_text() }
end

local function take_named()
  return { key = take_key() }
end

local function read(request)
  if request.counter and not request.counter.read(request) then
    return false
  end
  return not request.slotted or slots.read(request)
end

local function evaluate(request, cost, takes_slot)
  if not request.counter then
    return slots.evaluate(request, takes_slot)
  end
  local rate = request.counter.evaluate(request, cost)
  if not request.slotted then
    return rate
  end
  return slots.join(rate, slots.evaluate(request, takes_slot))
end

local function commit(request, verdict)
  if request.slotted and request.lease ~= '' then
    slots.hold(request)
  end
  if request.counter and request.cost > 0 then
    request.counter.commit(request, request.cost, verdict)
  elseif request.counter then
    request.counter.repair(request)
  end
end

-- What a request that passes says when nothing is taken: how much a look finds.
local function leave(request, verdict)
  if request.counter then
    request.counter.repair(request)
  end
  if not verdict.allowed then
    return verdict
  end
  local looked = evaluate(request, 0, false)
  looked.code, looked.retry_after = ALLOWED, 0
  return looked
end

local function tell(verdict)
  local size = #reply
  reply[size + 1] = verdict.code
  reply[size + 2] = verdict.remaining
  reply[size + 3] = verdict.retry_after
  reply[size + 4] = verdict.reset_after
  reply[size + 5] = verdict.more_after
  reply[size + 6] = verdict.wait
  reply[size + 7] = verdict.booking
end

-- Takes all, or (`only_first`) the first that passes.
local function decide(requests, only_first)
  local verdicts, first_allowed, all_allowed = {}, nil, true
  for index, request in ipairs(requests) do
    local verdict = evaluate(request, request.cost, request.lease ~= '')
    verdicts[index] = verdict
    all_allowed = all_allowed and verdict.allowed
    first_allowed = first_allowed or (verdict.allowed and index or nil)
  end
  for index, request in ipairs(requests) do
    local verdict = verdicts[index]
    if (only_first and index == first_allowed) or (not only_first and all_allowed) then
      commit(request, verdict)
    elseif not (only_first and not first_allowed) and #requests > 1 then
      verdict = leave(request, verdict)
    elseif request.counter then
      request.counter.repair(request)
    end
    tell(verdict)
  end
end

-- Reads at the last moment: one group may return two grants of one key.
local function give_back(request)
  if not read(request) then
    return
  end
  if request.counter then
    request.counter.give_back(request, request.booking)
  end
  if request.slotted then
    slots.release(request)
  end
end

local OPERATIONS = {
  all = {
    take = take_decision,
    reads_first = true,
    run = function(requests)
      decide(requests, false)
    end,
  },
  any = {
    take = take_decision,
    reads_first = true,
    run = function(requests)
      decide(requests, true)
    end,
  },
  give_back = {
    take = take_return,
    run = function(requests)
      for _, request in ipairs(requests) do
        give_back(request)
      end
    end,
  },
  renew = {
    take = take_lease,
    run = function(requests)
      for _, request in ipairs(requests) do
        reply[#reply + 1] = read(request) and slots.renew(request) or 0
      end
    end,
  },
  forget = {
    take = take_named,
    run = function(requests)
      for _, request in ipairs(requests) do
        redis.call('DEL', request.key)
      end
    end,
  },
  probe = {
    take = take_named,
    run = function(requests)
      for _, request in ipairs(requests) do
        redis.call('SET', request.key, '', 'PX', 1000)
      end
    end,
  },
}

local function run_group(operation, deadline, requests)
  if deadline > 0 and now > deadline then
    return LATE
  end
  for _, request in ipairs(requests) do
    if operation.reads_first and not read(request) then
      return FOREIGN
    end
  end
  reply[#reply + 1] = OK
  operation.run(requests)
  return nil
end

while next_arg <= #ARGV do
  local operation, deadline, count = OPERATIONS[take_text()], take_number(), take_number()
  local requests = {}
  for index = 1, count do
    requests[index] = operation.take()
  end
  local refused = run_group(operation, deadline, requests)
  if refused then
    reply[#reply + 1] = refused
  end
end

return reply
