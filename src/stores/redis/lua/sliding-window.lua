-- Exact sliding window over the log of accepted units. Twin of src/algorithms/sliding-window.ts: the
-- same names and the same order of operations, in whole milliseconds of the log's own time.

-- The earliest moment at which `wanted` more units leave at most `limit` in any window, and not
-- before anything that is booked already.
local function free_at(request, wanted)
  local limit, window_ms = request.first, request.second
  local newest_at = newest(request)
  local booked = newest_at > request.now and newest_at or -math.huge
  local pushed_out = request.log.size + wanted - limit - 1
  if pushed_out < 0 then
    return booked
  end
  return math.max(booked, moment_at(request, pushed_out) + window_ms)
end

-- Decides over `cost` units; 0 looks. Reads only.
function window.evaluate(request, cost)
  local limit, window_ms, at = request.first, request.second, request.now
  local wanted = math.max(cost, 1)
  local can_fit = wanted <= limit
  local free = can_fit and free_at(request, wanted) or math.huge
  local wait = math.max(0, free - at)
  local allowed = can_fit and wait <= request.max_wait

  local taken = allowed and cost or 0
  local taken_at = math.max(at, free)
  local expired = count_until(request, at - window_ms)
  request.expired = expired
  local size = request.log.size
  local active = size - expired + taken
  local used = math.min(active, limit)
  local newest_at = taken > 0 and taken_at or newest(request)
  local last = active == 0 and 0 or newest_at + window_ms - at
  local next_position = expired + active - used
  local next_in = last
  if next_position < size then
    next_in = moment_at(request, next_position) + window_ms - at
  end
  local retry_after = 0
  if not allowed then
    retry_after = can_fit and wait or NEVER
  end
  return {
    allowed = allowed,
    code = allowed and ALLOWED or BLOCKED_BY_RATE,
    remaining = newest_at > at and 0 or limit - used,
    retry_after = retry_after,
    reset_after = last,
    more_after = active == 0 and 0 or math.max(next_in, newest_at - at),
    wait = allowed and wait or 0,
    booking = can_fit and taken_at or at,
  }
end

-- Takes what an allowed verdict granted: appends `cost` units and keeps at most the newest `limit`.
function window.commit(request, cost, verdict)
  local log, limit = request.log, request.first
  local slot = pack_moment(verdict.booking)
  local kept = math.min(log.size - request.expired, limit - cost)
  local dropped = log.size - kept
  local size = kept + cost
  if size > log.capacity or log.capacity > limit or log.capacity <= SMALL then
    local slots = string.sub(slots_of(request), dropped * SLOT + 1)
    return rewrite(request, slots .. string.rep(slot, cost), verdict.booking)
  end
  log.first = (log.first + dropped) % log.capacity
  log.size = size
  overwrite(request, kept, slot, cost)
  redis.call('SETRANGE', request.key, 0, header_of(request))
  redis.call('PEXPIRE', request.key, life(request, verdict.booking))
end

-- Returns units, the newest first or those of one booking. A booking in the future pushed an older
-- moment out early; what comes back in its place is the youngest that it can have been.
function window.give_back(request, booking)
  local log, left = request.log, request.cost
  local kept = {}
  for position = log.size - 1, 0, -1 do
    local moment = moment_at(request, position)
    local returned = left > 0 and (not booking or moment == booking)
    if not returned then
      kept[#kept + 1] = moment
    elseif moment > request.now then
      kept[#kept + 1] = moment - request.second
    end
    if returned then
      left = left - 1
    end
  end
  table.sort(kept)
  local newest_at = kept[#kept]
  if not newest_at or newest_at + request.second <= request.now then
    redis.call('DEL', request.key)
    return
  end
  for position, moment in ipairs(kept) do
    kept[position] = pack_moment(moment)
  end
  rewrite(request, table.concat(kept), newest_at)
end

-- Writes down what a clock that went back has changed, although nothing is taken.
function window.repair(request)
  if request.log.clock_went_back then
    redis.call('SETRANGE', request.key, 0, header_of(request))
    redis.call('PEXPIRE', request.key, life(request, newest(request)))
  end
end
