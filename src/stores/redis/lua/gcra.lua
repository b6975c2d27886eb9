-- Token bucket by the Generic Cell Rate Algorithm. Twin of src/algorithms/gcra.ts: the same names
-- and the same order of operations, in whole microseconds of the server's clock.
--
-- State: one string of digits, 72 to 104 bytes with its key. All but the last two digits are the
-- arrival time; the last two are the magnitude m: when it was written, the arrival time was less
-- than 2^m microseconds ahead. An arrival time further ahead than that was written by a clock that
-- has gone back since (a failover to a replica that is behind); it is brought down to 2^m, so that
-- nobody stays locked out for as long as the clocks differ.

local bucket = {}

-- Reads the state. False when the key holds something else.
function bucket.read(request)
  request.arrival = 0
  local value = redis.pcall('GET', request.key)
  if not value then
    return true
  end
  if type(value) ~= 'string' then
    return false
  end
  local arrival = tonumber(string.sub(value, 1, -3))
  local magnitude = tonumber(string.sub(value, -2))
  if not (arrival and magnitude and arrival >= 0 and arrival < 2 ^ 53 and magnitude < 54) then
    return false
  end
  local latest = now + 2 ^ magnitude
  request.clock_went_back = arrival > latest
  request.arrival = math.min(arrival, latest)
  return true
end

-- Decides over `cost` units; 0 looks. Reads only.
function bucket.evaluate(request, cost)
  local interval, burst = request.first, request.second
  local capacity = burst * interval
  local start = math.max(request.arrival, now)

  local wanted = math.max(cost, 1)
  local wanted_at = start + wanted * interval
  local wait = math.max(0, wanted_at - capacity - now)
  local can_fit = wanted <= burst
  local allowed = can_fit and wait <= request.max_wait * 1000

  local after = start
  if allowed and cost > 0 then
    after = wanted_at
  end
  local used = after - now
  local remaining = math.max(0, math.floor((capacity - used) / interval))
  local more = 0
  if used > 0 then
    more = used + (remaining + 1) * interval - capacity
  end
  local retry_after = 0
  if not allowed then
    retry_after = can_fit and math.ceil(wait / 1000) or NEVER
  end
  return {
    allowed = allowed,
    code = allowed and ALLOWED or BLOCKED_BY_RATE,
    remaining = remaining,
    retry_after = retry_after,
    reset_after = math.ceil(used / 1000),
    more_after = math.ceil(more / 1000),
    wait = allowed and math.ceil(wait / 1000) or 0,
    booking = after,
  }
end

local function write(key, arrival)
  local used = arrival - now
  local _, magnitude = math.frexp(used)
  local state = string.format('%.0f%02d', arrival, magnitude)
  redis.call('SET', key, state, 'PX', math.max(SHORTEST_LIFE, math.ceil(used / 1000)))
end

-- Takes what an allowed verdict granted.
function bucket.commit(request, _, verdict)
  write(request.key, verdict.booking)
end

-- Returns units: those of one booking while nothing was taken behind it, or any (nil).
function bucket.give_back(request, booking)
  local arrival = request.arrival
  if booking and booking ~= arrival then
    return
  end
  arrival = math.max(0, arrival - request.cost * request.first)
  if arrival > now then
    write(request.key, arrival)
  else
    redis.call('DEL', request.key)
  end
end

-- Writes down what a clock that went back has changed, although nothing is taken.
function bucket.repair(request)
  if request.clock_went_back then
    write(request.key, request.arrival)
  end
end
