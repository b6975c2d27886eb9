-- Concurrency: a sorted set of leases, the owner's token by the moment its lease ends, in
-- milliseconds of the server's clock. Twin of src/algorithms/concurrency.ts.

local slots = {}

-- Reads what a decision needs to know. False when the key holds something else.
function slots.read(request)
  request.now_ms = now / 1000
  local ended = redis.pcall('ZCOUNT', request.slot_key, '-inf', request.now_ms)
  if type(ended) ~= 'number' then
    return false
  end
  request.ended = ended
  request.held = redis.call('ZCARD', request.slot_key) - ended
  return true
end

-- When the lease at a position ends, counted from the one that ends first (0); nil beyond the last.
local function end_at(request, position)
  if position < 0 or position >= request.held then
    return nil
  end
  local rank = request.ended + position
  local found = redis.call('ZRANGE', request.slot_key, rank, rank, 'WITHSCORES')
  return tonumber(found[2])
end

-- The same with one more lease, which ends at `added`.
local function end_at_with(request, position, added)
  local here = end_at(request, position)
  if here and here <= added then
    return here
  end
  local before = end_at(request, position - 1)
  if before and before > added then
    return before
  end
  return position <= request.held and added or nil
end

-- Decides over one slot; `takes` tells whether an allowed verdict takes it. Reads only.
function slots.evaluate(request, takes)
  local at, max = request.now_ms, request.max_concurrent
  local allowed = request.held < max
  local count, find, added = request.held, end_at, nil
  if allowed and takes then
    count, find, added = count + 1, end_at_with, at + request.lease_ms
  end
  local too_many = math.max(1, count - max + 1)
  local next_free = math.ceil((find(request, too_many - 1, added) or at) - at)
  local last = find(request, count - 1, added) or at
  return {
    allowed = allowed,
    code = allowed and ALLOWED or BLOCKED_BY_SLOT,
    remaining = math.max(0, max - count),
    retry_after = allowed and 0 or next_free,
    reset_after = math.ceil(last - at),
    more_after = next_free,
    wait = 0,
    booking = 0,
  }
end

-- The verdict of a policy that counts both: the units speak for it, unless only a slot is missing.
function slots.join(rate, slot)
  if slot.allowed then
    return rate
  end
  local speaks = rate.allowed and slot or rate
  if rate.retry_after == NEVER then
    speaks.retry_after = NEVER
  else
    speaks.retry_after = math.max(rate.retry_after, slot.retry_after)
  end
  return speaks
end

-- The key lives as long as the lease in it that ends last.
local function outlive(request)
  local last = redis.call('ZRANGE', request.slot_key, -1, -1, 'WITHSCORES')
  if last[2] then
    local left = math.ceil(tonumber(last[2]) - request.now_ms)
    redis.call('PEXPIRE', request.slot_key, math.max(SHORTEST_LIFE, left))
  end
end

-- Gives a slot to a lease, or prolongs the one that it holds, and drops leases that have ended.
function slots.hold(request)
  if request.ended > 0 then
    redis.call('ZREMRANGEBYSCORE', request.slot_key, '-inf', request.now_ms)
  end
  redis.call('ZADD', request.slot_key, request.now_ms + request.lease_ms, request.lease)
  outlive(request)
end

-- Prolongs a lease; 0 when it has ended.
function slots.renew(request)
  local ends = redis.call('ZSCORE', request.slot_key, request.lease)
  if not ends or tonumber(ends) <= request.now_ms then
    return 0
  end
  slots.hold(request)
  return 1
end

-- Frees the slot of a lease; harmless when it holds none.
function slots.release(request)
  if redis.call('ZREM', request.slot_key, request.lease) == 1 then
    outlive(request)
  end
end
