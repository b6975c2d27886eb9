-- The short way of several limits at once, buckets and small windows in any mixture: all of a group
-- pass and are taken, or nothing is.

local function decide_short_groups()
  -- A request of the run at `next_word` with its fields read; nil for one that goes the long way.
  local function short_request(index)
    local from = next_word + 5 * index - 1
    local kind, cost, longest_wait = words[from], tonumber(words[from + 1]), tonumber(words[from + 2])
    local first, second = tonumber(words[from + 3]), tonumber(words[from + 4])
    local is_bucket = kind == 'b'
    local is_window = kind == 'w' and cost < 2 and longest_wait == 0 and first <= SMALL
    return (is_bucket or is_window)
      and {
        is_bucket = is_bucket,
        bound = is_bucket and bucket_bound(cost, longest_wait, first, second),
        cost = cost,
        first = first,
        second = second,
        passes = false,
        used = 0,
        text = '',
        at = 0,
        drift = 0,
        length = 0,
        expired = 0,
        newest = 0,
        free = 0,
      }
  end

  -- The requests of the run at `next_word`; nil when one of them goes the long way.
  local function short_requests(count)
    local deadline, requests = tonumber(words[next_word + 1]), {}
    if words[next_word] ~= 'all' or (deadline > 0 and now > deadline) then
      return nil
    end
    for index = 1, count do
      local request = short_request(index)
      if not request then
        return nil
      end
      requests[index] = request
    end
    return requests
  end

  -- Finds out whether a request passes. Reads only. False: the long way.
  local function look(request, name)
    if request.is_bucket then
      local used = look_at_bucket(name)
      request.used, request.passes = used, used and used <= request.bound
      return used
    end
    local text, at, drift, length, expired, newest, free =
      look_at_window(name, request.first, request.second)
    request.text, request.at, request.drift, request.length = text, at, drift, length
    request.expired, request.newest, request.free = expired, newest, free
    request.passes = text and free <= at
    return text
  end

  local function answer(request, name, taken)
    local passes, first, second = request.passes, request.first, request.second
    if request.is_bucket then
      answer_bucket(passes, taken, first, name, request.used)
      return
    end
    local text, at, length, expired = request.text, request.at, request.length, request.expired
    tell_window(passes, taken, first, second, text, at, length, expired, request.newest, request.free)
    if taken > 0 then
      take_from_window(first, second, name, text, at, request.drift, length, expired)
    end
  end

  -- Decides the next group. False: nothing was done, and it goes the long way.
  local function decide_shortly(requests, count)
    local all_pass = true
    for index = 1, count do
      local request = requests[index]
      if not look(request, KEYS[key + index - 1]) then
        return false
      end
      all_pass = all_pass and request.passes
    end
    size = size + 1
    reply[size] = OK
    for index = 1, count do
      local request = requests[index]
      answer(request, KEYS[key + index - 1], all_pass and request.cost or 0)
    end
    key, decided = key + count, decided + 1
    return true
  end

  while next_word <= last_word and decided == 0 do
    local groups, count = tonumber(words[next_word + 2]), tonumber(words[next_word + 3])
    local requests = short_requests(count)
    while requests and decided < groups and decide_shortly(requests, count) do
    end
    if decided < groups then
      break
    end
    next_word, decided = next_word + 4 + 5 * count, 0
  end
end

-- A single window has been looked at already.
if words[next_word + 3] ~= '1' or words[next_word + 4] ~= 'w' then
  decide_short_groups()
end
if next_word > last_word then
  return cmsgpack.pack(reply)
end
