-- A session as packed by session-packing.ts, which lists its keys. A tombstone has a state (s).
local function read_record(key)
  local packed = redis.call('GET', key)
  return packed and cmsgpack.unpack(packed)
end

local function user_key(tenant_id, user_id)
  return #tenant_id .. ':' .. tenant_id .. ':' .. user_id
end

local function expires_at(record)
  return math.min(record.l + record.i, record.x)
end

-- Why a record that nothing has ended yet is over: state, reason and since when. Nil: it lives.
local function lapse_of(record, epoch, now)
  if (record.e or 0) < epoch then return 'revoked', 'all-revoked', epoch end
  if now >= record.x then return 'expired', 'absolute', record.x end
  local idle_deadline = record.l + record.i
  if now >= idle_deadline then return 'expired', 'idle', idle_deadline end
  return nil
end
