-- The fast path of several limits at once, buckets and small windows in any mixture: all requests of an
-- operation pass and are taken, or none is.

local function decide_batches()
  -- A request of the operation at `next_arg`; nil for one that takes the full path.
  local function fast_request(index)
    local from = next_arg + 5 * index - 1
    local kind, cost, longest_wait = args[from], tonumber(args[from + 1]), tonumber(args[from + 2])
    local first, second = tonumber(args[from + 3]), tonumber(args[from + 4])
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

  -- The requests of the operation at `next_arg`; nil when one of them takes the full path.
  local function fast_requests(count)
    local deadline, requests = tonumber(args[next_arg + 1]), {}
    if args[next_arg] ~= 'all' or (deadline > 0 and now > deadline) then
      return nil
    end
    for index = 1, count do
      local request = fast_request(index)
      if not request then
        return nil
      end
      requests[index] = request
    end
    return requests
  end

  -- Evaluates a request. Reads only. False: the full path.
  local function evaluate(request, name)
    if request.is_bucket then
      local used = read_bucket(name)
      request.used, request.passes = used, used and used <= request.bound
      return used
    end
    local text, at, drift, length, expired, newest, free =
      read_window(name, request.first, request.second)
    request.text, request.at, request.drift, request.length = text, at, drift, length
    request.expired, request.newest, request.free = expired, newest, free
    request.passes = text and free <= at
    return text
  end

  local function finish(request, name, taken)
    local passes, first, second = request.passes, request.first, request.second
    if request.is_bucket then
      finish_bucket(passes, taken, first, name, request.used)
      return
    end
    local text, at, length, expired = request.text, request.at, request.length, request.expired
    reply_window(passes, taken, first, second, text, at, length, expired, request.newest, request.free)
    if taken > 0 then
      write_window(first, second, name, text, at, request.drift, length, expired)
    end
  end

  -- Decides the next operation. False: nothing was done, and it takes the full path.
  local function decide_fast(requests, count)
    local all_pass = true
    for index = 1, count do
      local request = requests[index]
      if not evaluate(request, KEYS[key + index - 1]) then
        return false
      end
      all_pass = all_pass and request.passes
    end
    size = size + 1
    reply[size] = OK
    for index = 1, count do
      local request = requests[index]
      finish(request, KEYS[key + index - 1], all_pass and request.cost or 0)
    end
    key, decided = key + count, decided + 1
    return true
  end

  while next_arg <= last_arg and decided == 0 do
    local operations, count = tonumber(args[next_arg + 2]), tonumber(args[next_arg + 3])
    local requests = fast_requests(count)
    while requests and decided < operations and decide_fast(requests, count) do
    end
    if decided < operations then
      break
    end
    next_arg, decided = next_arg + 4 + 5 * count, 0
  end
end

-- fast-window.lua has read a single window already.
if args[next_arg + 3] ~= '1' or args[next_arg + 4] ~= 'w' then
  decide_batches()
end
if next_arg > last_arg then
  return cmsgpack.pack(reply)
end
