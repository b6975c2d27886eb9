-- Decides groups of requests: evaluates all requests of a group, then commits all of them or none.
-- The groups are independent of each other; later ones see what earlier ones took.
--
-- KEYS: the keys of all requests, in their order.
-- ARGV[1]: words with spaces between them. First now, in microseconds since 1970; -1 for the
--       server's clock (a number is for tests). Then for each run of groups that differ in their keys
--       only: operation, deadline in microseconds of the server's clock (0: none), number of groups,
--       number of requests in each, and the fields of each request:
--   all, any     kind, cost, longest wait in ms, two numbers of the policy;
--                with slots: most leases, lease in ms, lease token (- looks), how many may wait (0:
--                this request does not; -: it has no key of a queue), since when it waits in
--                microseconds (0: from now on)
--   release    kind, cost, reservation (- for any units), two numbers of the policy;
--                with slots: lease token
--   release_moving  the same without the keys of unsure reservations
--   renew        lease in ms, lease token
--   keep         how many may wait, owner, number of places, for each what follows the owner in its
--                token (. nothing), for each since when: takes and renews places in the queue
--   leave        owner, number of places, for each what follows the owner: gives them up
--   reset        nothing: deletes the key
--   probe        nothing: writes the key, to prove that writing works, after it has tried every
--                command that this script may call
-- The kind of a request: b (bucket: interval in microseconds, burst), w (window: limit, window in
-- ms), s (slots), bs, ws. The keys of a request to decide: that of its units, that of its slots and
-- that of the queue for them; of one to give back: units, for a bucket its
-- unsure reservations, slots; to keep: slots, queue; to leave: queue. A request of kind s has no numbers
-- of a policy.
-- Reply: integers, as one array in MessagePack. First now, then for each group its status: OK, LATE
-- (nothing was done, because the deadline had passed) or WRONG_TYPE (a key holds something that is not
-- ours); after OK come
--   all, any     for each request what its bucket, its window and its slots tell; a code first,
--                0 blocked by the rate, 1 allowed, 2 blocked by a slot, 3 the same and no place left
--   renew        1 or 0 for each lease
--   keep         how many places, from the first, it has; the number (in the token, after the colon, to
--                the base 36) of the first of all places if that is of the same owner, else -1

-- What does everything but decisions, and passes over what is late.
local function open_service()
  local rare

  -- Takes one grant back. Reads at the last moment: a group may return two grants of one key.
  local function release(has_unsure)
    local kind = words[next_word]
    local counter, slotted = counter_of(kind), has_slots(kind)
    local cost, reservation = tonumber(words[next_word + 1]), tonumber(words[next_word + 2])
    next_word = next_word + 3
    if counter then
      local first, second = tonumber(words[next_word]), tonumber(words[next_word + 1])
      local state = counter.read(KEYS[key])
      if state then
        local unsure_key = has_unsure and KEYS[key + 1]
        counter.release(KEYS[key], state, cost, reservation, first, second, unsure_key)
      end
      next_word, key = next_word + 2, key + (has_unsure and counter.release_keys or 1)
    end
    if slotted then
      slots = slots or open_slots()
      slots.release(KEYS[key], words[next_word])
      next_word, key = next_word + 1, key + 1
    end
  end

  -- What is asked for seldom, made when it is needed.
  local function open_rare()
    local function slots_with_queueing()
      slots = slots or open_slots()
      return slots.with_queueing()
    end

    -- The places that are named at `next_word`: an owner, their number, and the ends of their tokens.
    local function take_places()
      local owner, count = words[next_word], tonumber(words[next_word + 1])
      local places = {}
      for index = 1, count do
        local rest = words[next_word + 1 + index]
        places[index] = rest == '.' and owner or owner .. rest
      end
      next_word = next_word + 2 + count
      return owner, places
    end

    local function keep_places()
      local queueing = slots_with_queueing()
      local most_places = tonumber(words[next_word])
      next_word = next_word + 1
      local owner, places = take_places()
      local since = {}
      for index = 1, #places do
        since[index] = words[next_word + index - 1]
      end
      next_word = next_word + #places
      reply[size + 1], reply[size + 2] =
        queueing.keep_places(KEYS[key], KEYS[key + 1], owner, places, since, most_places)
      size, key = size + 2, key + 2
    end

    -- Passes over the fields and keys of a group whose deadline has passed.
    local function skip(operation, count)
      local slot_fields = { all = 5, any = 5, release = 1, release_moving = 1 }
      for _ = 1, count do
        if slot_fields[operation] then
          local kind = words[next_word]
          local counter, slotted = counter_of(kind), has_slots(kind)
          next_word = next_word + 3 + (counter and 2 or 0) + (slotted and slot_fields[operation] or 0)
          local has_queue = slotted and slot_fields[operation] == 5 and words[next_word - 2] ~= '-'
          local unit_keys = counter and (operation == 'release' and counter.release_keys or 1) or 0
          key = key + unit_keys + (slotted and 1 or 0) + (has_queue and 1 or 0)
        elseif operation == 'keep' then
          next_word, key = next_word + 3 + 2 * tonumber(words[next_word + 2]), key + 2
        elseif operation == 'leave' then
          next_word, key = next_word + 2 + tonumber(words[next_word + 1]), key + 1
        else
          next_word, key = next_word + (operation == 'renew' and 2 or 0), key + 1
        end
      end
      size = size + 1
      reply[size] = LATE
    end

    local function leave_places()
      local _, places = take_places()
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
        reply[size] = slots.renew(KEYS[key], words[next_word + 1], tonumber(words[next_word]))
        next_word, key = next_word + 2, key + 1
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

local function pass_over(operation, count)
  service = service or open_service()
  service.skip(operation, count)
end

while next_word <= last_word do
  local operation, deadline = words[next_word], tonumber(words[next_word + 1])
  local groups, count = tonumber(words[next_word + 2]), tonumber(words[next_word + 3])
  local kind = words[next_word + 4]
  next_word, groups, decided = next_word + 4, groups - decided, 0
  local is_late = deadline > 0 and now > deadline
  if operation == 'all' and count == 1 and not is_late and not has_slots(kind) then
    decide_units(groups, counter_of(kind))
  else
    local step, fields = is_late and pass_over or run, next_word
    for _ = 1, groups do
      next_word = fields
      step(operation, count)
    end
  end
end

return cmsgpack.pack(reply)
