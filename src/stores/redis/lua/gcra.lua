-- Token bucket by the Generic Cell Rate Algorithm. Twin of src/algorithms/gcra.ts: the same names
-- and the same order of operations, in whole microseconds of the server's clock.
--
-- State: one string of digits, 72 to 104 bytes with its key. All but the last two digits are the
-- arrival time; the last two are the magnitude m: when it was written, the arrival time was less
-- than 2^m microseconds ahead. An arrival time further ahead was written by a clock that has gone back
-- since (a failover to a replica that is behind). It is reduced to 2^m, so that no identifier is denied
-- for as long as the clocks differ.

local function open_bucket()
  local bucket = { width = 2, release_keys = 2 }

  -- Reads the arrival time, and whether the clock went back. Nil: the key holds a foreign value.
  function bucket.read(key)
    local value = pcall('GET', key)
    if not value then
      return 0, false
    end
    if type(value) ~= 'string' then
      return nil
    end
    local arrival, magnitude = tonumber(sub(value, 1, -3)), tonumber(sub(value, -2))
    if not (arrival and magnitude and arrival >= 0 and arrival < 2 ^ 53 and magnitude < 54) then
      return nil
    end
    local latest = now + 2 ^ magnitude - 1
    if arrival > latest then
      return latest, true
    end
    return arrival, false
  end

  local function write(key, arrival)
    local used = arrival - now
    local _, magnitude = frexp(used)
    local ttl = max(MIN_TTL, ceil(used / 1000))
    call('SET', key, format('%d%02d', arrival, magnitude), 'PX', ttl)
  end

  -- Decides on `cost` units; 0 peeks. Reads only. Replies with the code and how much of the capacity was
  -- used before, in microseconds; the rest of a verdict follows from that. Returns the reservation.
  function bucket.evaluate(offset, arrival, cost, max_wait, interval, burst)
    local start = max(arrival, now)
    local wanted = max(cost, 1)
    local wanted_at = start + wanted * interval
    local wait = wanted_at - burst * interval - now
    local allowed = wanted <= burst and wait <= max_wait * 1000
    reply[offset + 1] = allowed and ALLOWED or DENIED_BY_RATE
    reply[offset + 2] = start - now
    return allowed, wanted_at
  end

  -- Takes the units of an allowed verdict.
  function bucket.commit(key, _, _, reservation)
    write(key, reservation)
  end

  -- Writes the state that a clock that went back has changed, although nothing is taken.
  function bucket.repair(key, arrival)
    if arrival > now then
      write(key, arrival)
    end
  end

  -- The reservations that a release has made unsure: those above `after`, up to `up_to`.
  local function read_unsure(key)
    local value = pcall('GET', key)
    local after, up_to = match(type(value) == 'string' and value or '', '^(%d+) (%d+)$')
    return tonumber(after) or math.huge, tonumber(up_to) or 0
  end

  -- Records that all reservations above `after` have moved but keep their former names.
  local function write_unsure(key, after, up_to)
    local known_after, known_up_to = read_unsure(key)
    after, up_to = min(after, known_after), max(up_to, known_up_to)
    local ttl = max(MIN_TTL, ceil((up_to - now) / 1000))
    call('SET', key, format('%.0f %.0f', after, up_to), 'PX', ttl)
  end

  -- Releases units where that equals never having taken them: those of the newest reservation; or, while
  -- nothing is reserved ahead, those of a reservation (nil: a refund) before which nothing has drained
  -- yet. Others are lost, and so are reservations whose units have moved since. Without the key of unsure
  -- reservations (a hash slot that moves) only the newest reservation is released.
  function bucket.release(key, arrival, cost, reservation, interval, burst, unsure_key)
    local after, up_to = math.huge, 0
    if unsure_key then
      after, up_to = read_unsure(unsure_key)
    elseif reservation and reservation ~= arrival then
      return
    end
    if reservation and reservation > after and reservation <= up_to then
      return
    end
    local taken = cost * interval
    local left = max(0, arrival - taken)
    if reservation ~= arrival then
      local reserved_ahead = arrival - now > burst * interval
      if reserved_ahead or (reservation and reservation - taken <= now) then
        return
      end
      if left < arrival and unsure_key then
        write_unsure(unsure_key, reservation or left, arrival)
      end
    end
    if left > now then
      write(key, left)
    else
      call('DEL', key)
    end
  end

  return bucket
end
