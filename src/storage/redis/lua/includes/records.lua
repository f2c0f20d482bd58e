-- A session as scripts see it: its fields by name, nil where absent. A tombstone has a state.
-- Packed it is what session-packing.ts describes: one byte that says how many token hashes follow,
-- these, and one list without holes, where what is absent is false. Instants but that of creation
-- are kept as their distance from it, which is short. The last fields of a live session, from its
-- data on, decide nothing: they stay packed, as `details`, unless a script asks for them.
local HASH_BYTES = 32
-- How the list of a live session begins: it has 21 fields. A tombstone's is too short for this.
local LIVE_LIST = '\220\0\21'
local FIELDS_BEFORE_DETAILS = 15

local function pack_fields(record, packed)
  local previous = record.previous_token_hash
  if previous then return '\2' .. record.token_hash .. previous .. packed end
  return '\1' .. record.token_hash .. packed
end

local function pack_tombstone(tombstone)
  return pack_fields(tombstone, cmsgpack.pack({
    tombstone.state, tombstone.tenant_id, tombstone.user_id or false, tombstone.generation,
    tombstone.reason, tombstone.ended_at, tombstone.event_id,
  }))
end

local function pack_record(record)
  local created_at, details = record.created_at, record.details
  return pack_fields(record, LIVE_LIST .. cmsgpack.pack(
    false, record.tenant_id, record.user_id or false, record.generation,
    record.rotation or false, record.epoch, record.version,
    record.created_at,
    record.authenticated_at and record.authenticated_at - created_at or false,
    record.last_seen_at - created_at,
    record.absolute_expires_at - created_at,
    record.idle_timeout_ms,
    record.rotated_at - created_at,
    record.confirmed_at and record.confirmed_at - created_at or false,
    record.tombstone_until and record.tombstone_until - created_at or false
  ) .. details)
end

local function tombstone_of(fields)
  return {
    state = fields[1], tenant_id = fields[2], user_id = fields[3] or nil, generation = fields[4],
    reason = fields[5], ended_at = fields[6], event_id = fields[7],
  }
end

local function record_of(fields, details)
  local created_at = fields[8]
  return {
    tenant_id = fields[2], user_id = fields[3] or nil, generation = fields[4],
    rotation = fields[5] or nil, epoch = fields[6], version = fields[7],
    created_at = fields[8],
    authenticated_at = fields[9] and created_at + fields[9] or nil,
    last_seen_at = created_at + fields[10],
    absolute_expires_at = created_at + fields[11],
    idle_timeout_ms = fields[12],
    rotated_at = created_at + fields[13],
    confirmed_at = fields[14] and created_at + fields[14] or nil,
    tombstone_until = fields[15] and created_at + fields[15] or nil,
    details = details,
  }
end

local function unpack_list(packed, list_at)
  if packed:byte(list_at + 1) ~= LIVE_LIST:byte(1) then
    local _, fields = cmsgpack.unpack_one(packed, list_at)
    return tombstone_of(fields)
  end
  local function live_of(details_at, ...) return record_of({ ... }, packed:sub(details_at + 1)) end
  return live_of(cmsgpack.unpack_limit(packed, FIELDS_BEFORE_DETAILS, list_at + #LIVE_LIST))
end

local function unpack_record(packed)
  local hashes_end = 1 + packed:byte(1) * HASH_BYTES
  local record = unpack_list(packed, hashes_end)
  record.token_hash = packed:sub(2, 1 + HASH_BYTES)
  if hashes_end > 1 + HASH_BYTES then record.previous_token_hash = packed:sub(2 + HASH_BYTES, hashes_end) end
  return record
end

local function read_record(key)
  local packed = redis.call('GET', key)
  return packed and unpack_record(packed)
end

local function user_key(tenant_id, user_id)
  return #tenant_id .. ':' .. tenant_id .. ':' .. user_id
end

local function expires_at(record)
  return math.min(record.last_seen_at + record.idle_timeout_ms, record.absolute_expires_at)
end

-- Why a record that nothing has ended yet is over: state, reason and since when. Nil: it lives.
local function lapse_of(record, epoch, now)
  if record.epoch < epoch then return 'revoked', 'all-revoked', epoch end
  if now >= record.absolute_expires_at then return 'expired', 'absolute', record.absolute_expires_at end
  local idle_deadline = record.last_seen_at + record.idle_timeout_ms
  if now >= idle_deadline then return 'expired', 'idle', idle_deadline end
  return nil
end
