-- The queue for the slots of one identifier, first come, first served across processes. Twin of
-- src/algorithms/place-queue.ts.
--
-- A sorted set. A place is the token of the lease that it waits for, by the moment at which it was
-- taken, in microseconds (later ones are always greater). A lost place is taken again where it was,
-- because a request carries the moment since which it waits. A token begins with its owner, up to the
-- first colon. An owner renews all its places at once: it is a member `=owner` by the negated moment at
-- which its places are lost. The key expires when no owner renews its places for that long. The leases
-- hold the mark while there may be a queue.

local function open_queue()
  -- How long places last, in microseconds, and the most that one call reads or takes.
  local PLACE_TTL, MOST_PLACES = 50000, 64
  -- The same in milliseconds, how soon a place may get a free slot, and the mark.
  local queue = { ttl_ms = 50, poll_ms = 25, mark = '?', mark_score = -1 }
  local format = string.format

  local function owner_of(place)
    return match(place, '^[^:]*')
  end

  -- Whether an owner renews its places. A moment too far ahead is from a clock that was set back.
  local function is_alive(key, owner)
    local score = call('ZSCORE', key, '=' .. owner)
    local left = score and -score - now
    return left and left > 0 and left <= PLACE_TTL
  end

  -- How many owners there are: they come before all places.
  local function owners(key)
    return call('ZCOUNT', key, '-inf', '(0')
  end

  -- Returns how many places there are. Nil: the key holds a foreign value.
  function queue.read(key)
    local members = pcall('ZCARD', key)
    if type(members) ~= 'number' then
      return nil
    end
    return members == 0 and 0 or members - owners(key)
  end

  -- How many of `waiting` places come before a place, or before a new request without one. Does not count
  -- beyond `enough`. Places whose owner is gone do not count.
  function queue.ahead(key, place, since, waiting, enough)
    local taken_at = place and call('ZSCORE', key, place) or since ~= '0' and since
    local before = waiting
    if taken_at then
      before = call('ZCOUNT', key, 0, '(' .. taken_at)
    end
    if before == 0 then
      return 0
    end
    local first = owners(key)
    local seen = min(before, MOST_PLACES)
    local places = call('ZRANGE', key, first, first + seen - 1)
    local alive, known = before - seen, {}
    for _, other in ipairs(places) do
      local owner = owner_of(other)
      if known[owner] == nil then
        known[owner] = is_alive(key, owner) or false
      end
      alive = alive + (known[owner] and 1 or 0)
      if alive >= enough then
        break
      end
    end
    return alive
  end

  -- Removes places whose owner is gone, and owners that are gone.
  local function sweep(key)
    local first = owners(key)
    local known = {}
    for _, place in ipairs(call('ZRANGE', key, first, first + MOST_PLACES - 1)) do
      local owner = owner_of(place)
      if known[owner] == nil then
        known[owner] = is_alive(key, owner) or false
      end
      if not known[owner] then
        call('ZREM', key, place)
      end
    end
    call('ZREMRANGEBYSCORE', key, format('-%.0f', now), '(0')
  end

  -- Renews an owner and takes its missing places while there is room: where they were (`since`) or, if
  -- they are new ('0'), behind all others. Returns how many of them, from the first, are in the queue.
  function queue.keep(key, owner, places, since, most)
    sweep(key)
    local waiting = call('ZCARD', key) - owners(key)
    local newest = waiting > 0 and tonumber(call('ZRANGE', key, -1, -1, 'WITHSCORES')[2]) or 0
    local kept = 0
    for index, place in ipairs(places) do
      if not call('ZSCORE', key, place) then
        if waiting >= most then
          break
        end
        local taken_at = since[index]
        if taken_at == '0' then
          taken_at = format('%.0f', max(now, newest + 1))
        end
        call('ZADD', key, taken_at, place)
        newest = max(newest, tonumber(taken_at))
        waiting = waiting + 1
      end
      kept = kept + 1
    end
    if waiting > 0 then
      call('ZADD', key, format('-%.0f', now + PLACE_TTL), '=' .. owner)
      call('PEXPIRE', key, max(MIN_TTL, queue.ttl_ms))
    end
    return kept
  end

  -- The number of the first place if it belongs to this owner; else -1.
  function queue.first_of(key, owner)
    local first = owners(key)
    local place = call('ZRANGE', key, first, first)[1]
    local number = place and owner_of(place) == owner and match(place, ':(%w+)$')
    return number and tonumber(number, 36) or -1
  end

  -- Gives up places; harmless when there are none.
  function queue.leave(key, places)
    for _, place in ipairs(places) do
      pcall('ZREM', key, place)
    end
  end

  return queue
end
