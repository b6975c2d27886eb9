-- Runs the operations of a call. They are independent of each other; later ones see what earlier ones
-- took. `all` and `any` are decisions.
--
-- KEYS: the keys of all requests, in their order.
-- ARGV[1]: arguments separated by spaces. First now, in microseconds since 1970; -1: the server's time (a
--       number is for tests). Then, for operations that differ in their keys only (coalesced):
--       operation, deadline in microseconds of the server's clock (0: none), number of operations,
--       number of requests in each, and the fields of each request:
--   all, any     kind, cost, longest wait in ms, two numbers of the policy;
--                with slots: most leases, lease in ms, lease token (- peeks), how many may wait (0:
--                this request does not; -: it has no key of a queue), since when it waits in
--                microseconds (0: from now on)
--   release      kind, cost, reservation (- for any units), two numbers of the policy;
--                with slots: lease token
--   release_moving  the same without the keys of unsure reservations
--   renew        lease in ms, lease token
--   keep         how many may wait, owner, number of places, for each the rest of its token after the
--                owner (. for none), for each since when: takes and renews places in the queue
--   leave        owner, number of places, for each the rest of its token: gives them up
--   reset        none: deletes the key
--   probe        none: writes the key and tries every command that this script may call
-- The kind of a request: the letter of a counter in decide.lua (b, a bucket: interval in microseconds,
-- burst; w, a window: limit, window in ms), s for slots, or both (bs, ws). A request of kind s has no
-- numbers of a policy. Keys of a decision: units, slots, queue; of a release: units, unsure reservations
-- (where the counter has them), slots; of keep: slots, queue; of leave: queue.
-- Reply: integers, as one array in MessagePack. First now, then for each operation its status: OK, LATE
-- (the deadline had passed, nothing was done) or WRONG_TYPE (a key holds a foreign value); after OK come
--   all, any     for each request the verdicts of its counter and of its slots. Each begins with a code:
--                0 denied by the rate, 1 allowed, 2 denied by a slot, 3 the same and the queue is full
--   renew        1 or 0 for each lease
--   keep         how many places, from the first, are in the queue; the number (in the token, after the
--                colon, to the base 36) of its first place if that belongs to the owner, else -1
-- An unknown kind fails the call.

-- Everything but decisions, and skipping what is late.
local function open_service()
  local rare

  -- Releases one grant. Reads just before that, because an operation may release two grants of one key.
  local function release(has_unsure)
    local kind = args[next_arg]
    local counter, slotted = counter_of(kind), has_slots(kind)
    local cost, reservation = tonumber(args[next_arg + 1]), tonumber(args[next_arg + 2])
    next_arg = next_arg + 3
    if counter then
      local first, second = tonumber(args[next_arg]), tonumber(args[next_arg + 1])
      local state = counter.read(KEYS[key])
      if state then
        local unsure_key = has_unsure and KEYS[key + 1]
        counter.release(KEYS[key], state, cost, reservation, first, second, unsure_key)
      end
      next_arg, key = next_arg + 2, key + (has_unsure and counter.release_keys or 1)
    end
    if slotted then
      slots = slots or open_slots()
      slots.release(KEYS[key], args[next_arg])
      next_arg, key = next_arg + 1, key + 1
    end
  end

  -- Rare operations, created when needed.
  local function open_rare()
    local function slots_with_queueing()
      slots = slots or open_slots()
      return slots.with_queueing()
    end

    -- Reads the places at `next_arg`: an owner, their number, and the rest of each token.
    local function read_places()
      local owner, count = args[next_arg], tonumber(args[next_arg + 1])
      local places = {}
      for index = 1, count do
        local rest = args[next_arg + 1 + index]
        places[index] = rest == '.' and owner or owner .. rest
      end
      next_arg = next_arg + 2 + count
      return owner, places
    end

    local function keep_places()
      local queueing = slots_with_queueing()
      local most_places = tonumber(args[next_arg])
      next_arg = next_arg + 1
      local owner, places = read_places()
      local since = {}
      for index = 1, #places do
        since[index] = args[next_arg + index - 1]
      end
      next_arg = next_arg + #places
      reply[size + 1], reply[size + 2] =
        queueing.keep_places(KEYS[key], KEYS[key + 1], owner, places, since, most_places)
      size, key = size + 2, key + 2
    end

    -- Skips the fields and keys of an operation whose deadline has passed.
    local function skip(operation, count)
      local slot_fields = { all = 5, any = 5, release = 1, release_moving = 1 }
      for _ = 1, count do
        if slot_fields[operation] then
          local kind = args[next_arg]
          local counter, slotted = counter_of(kind), has_slots(kind)
          next_arg = next_arg + 3 + (counter and 2 or 0) + (slotted and slot_fields[operation] or 0)
          local has_queue = slotted and slot_fields[operation] == 5 and args[next_arg - 2] ~= '-'
          local unit_keys = counter and (operation == 'release' and counter.release_keys or 1) or 0
          key = key + unit_keys + (slotted and 1 or 0) + (has_queue and 1 or 0)
        elseif operation == 'keep' then
          next_arg, key = next_arg + 3 + 2 * tonumber(args[next_arg + 2]), key + 2
        elseif operation == 'leave' then
          next_arg, key = next_arg + 2 + tonumber(args[next_arg + 1]), key + 1
        else
          next_arg, key = next_arg + (operation == 'renew' and 2 or 0), key + 1
        end
      end
      size = size + 1
      reply[size] = LATE
    end

    local function leave_places()
      local _, places = read_places()
      slots_with_queueing().leave(KEYS[key], places)
      key = key + 1
    end

    return { keep = keep_places, leave = leave_places, skip = skip }
  end

  -- Everything but decisions.
  local function serve(operation, count)
    size = size + 1
    reply[size] = OK
    for _ = 1, count do
      if operation == 'release' or operation == 'release_moving' then
        release(operation == 'release')
      elseif operation == 'renew' then
        slots = slots or open_slots()
        size = size + 1
        reply[size] = slots.renew(KEYS[key], args[next_arg + 1], tonumber(args[next_arg]))
        next_arg, key = next_arg + 2, key + 1
      elseif operation == 'keep' or operation == 'leave' then
        rare = rare or open_rare()
        rare[operation]()
      elseif operation == 'reset' then
        call('DEL', KEYS[key])
        key = key + 1
      else
        probe(KEYS[key])
        key = key + 1
      end
    end
  end

  local function skip(operation, count)
    rare = rare or open_rare()
    rare.skip(operation, count)
  end

  return { serve = serve, skip = skip }
end

local decide, service

local function run(operation, count)
  if operation == 'all' or operation == 'any' then
    decide = decide or open_decide()
    decide(count, operation == 'any')
  else
    service = service or open_service()
    service.serve(operation, count)
  end
end

local function skip_late(operation, count)
  service = service or open_service()
  service.skip(operation, count)
end

while next_arg <= last_arg do
  local operation, deadline = args[next_arg], tonumber(args[next_arg + 1])
  local operations, count = tonumber(args[next_arg + 2]), tonumber(args[next_arg + 3])
  local kind = args[next_arg + 4]
  next_arg, operations, decided = next_arg + 4, operations - decided, 0
  local is_late = deadline > 0 and now > deadline
  if operation == 'all' and count == 1 and not is_late and not has_slots(kind) then
    decide_units(operations, counter_of(kind))
  else
    local step, fields = is_late and skip_late or run, next_arg
    for _ = 1, operations do
      next_arg = fields
      step(operation, count)
    end
  end
end

return cmsgpack.pack(reply)
