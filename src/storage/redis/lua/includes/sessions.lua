--- @include "operation"
--- @include "records"
--- @include "events"

-- Redis forgets a session only well after its absolute deadline; the record's own times decide.
local RETENTION_MS = 7 * 24 * 60 * 60 * 1000

local shard_epoch = tonumber(redis.call('GET', shard.epoch) or 0)

local function session_key(id)
  return shard.prefix .. 's:' .. id
end

local function index_key(record)
  return shard.prefix .. 'u:' .. user_key(record.tenant_id, record.user_id)
end

local function retention_of(record)
  return math.max(record.absolute_expires_at - operation.now, 0) + RETENTION_MS
end

-- Where the expiry index has a record: a user's sessions share one entry.
local function expiry_member(id, record)
  if record.user_id then return 'u' .. user_key(record.tenant_id, record.user_id) end
  return 's' .. id
end

-- Replaces a live record without changing when Redis forgets it.
local function replace_record(id, record)
  local packed = pack_record(record)
  redis.call('SET', session_key(id), packed, 'KEEPTTL')
  return packed
end

-- Writes a record whose absolute deadline is new.
local function write_record(id, record)
  local packed = pack_record(record)
  redis.call('SET', session_key(id), packed, 'PX', retention_of(record))
  redis.call('ZADD', shard.expiry, 'LT', expires_at(record), expiry_member(id, record))
  return packed
end

-- A user's sessions, and the users, are counted where the user index changes, and only if it does.
-- By index: its tenant, whether it was there (1 or 0), and how many entries it has got since.
local changed_indexes = {}

local function about_to_change(index, tenant)
  local changed = changed_indexes[index]
  if not changed then
    changed = { tenant = tenant, existed = redis.call('EXISTS', index), entries = 0 }
    changed_indexes[index] = changed
  end
  return changed
end

local function index_session(id, record)
  local index = index_key(record)
  local changed = about_to_change(index, record.tenant_id)
  changed.entries = changed.entries + redis.call('ZADD', index, record.created_at, id)
end

-- Lua passes some thousands of arguments at most.
local MEMBERS_AT_ONCE = 1000

local function unindex_sessions(index, tenant, ids)
  if #ids == 0 then return end
  local changed = about_to_change(index, tenant)
  for first = 1, #ids, MEMBERS_AT_ONCE do
    local last = math.min(first + MEMBERS_AT_ONCE - 1, #ids)
    changed.entries = changed.entries - redis.call('ZREM', index, unpack(ids, first, last))
    redis.call('ZREM', shard.created, unpack(ids, first, last))
  end
end

local function count(field, change)
  if change ~= 0 and redis.call('HINCRBY', shard.prefix .. 'n', field, change) == 0 then
    redis.call('HDEL', shard.prefix .. 'n', field)
  end
end

at_end[#at_end + 1] = function()
  local changes = {}
  local function add(field, change) changes[field] = (changes[field] or 0) + change end
  for index, changed in pairs(changed_indexes) do
    local users = redis.call('EXISTS', index) - changed.existed
    add('s', changed.entries)
    add('s:' .. changed.tenant, changed.entries)
    add('u', users)
    add('u:' .. changed.tenant, users)
  end
  for field, change in pairs(changes) do count(field, change) end
end

-- Replaces a record that no index names any more by a tombstone, as state, reason and event say,
-- since `at` or now. Returns what others are told.
local function bury_session(id, record, ending)
  local event = ending.event
  local tombstone = {
    state = ending.state, reason = ending.reason, ended_at = ending.at or operation.now,
    event_id = event.id or operation.event_id,
    tenant_id = record.tenant_id, user_id = record.user_id, generation = record.generation,
    token_hash = record.token_hash, previous_token_hash = record.previous_token_hash,
  }
  local ttl = operation.tombstone_ttl_text
  if record.tombstone_until then ttl = math.max(operation.tombstone_ttl, record.tombstone_until - operation.now) end
  redis.call('SET', session_key(id), pack_tombstone(tombstone), 'PX', ttl)

  event.reason = ending.reason
  record_session_event(id, record, event)
  local ended = { id, ending.state, ending.reason, record.user_id and record.tenant_id, record.user_id }
  tell_ended(ended)
  return ended
end

-- Ends a session. The index goes first: a full Redis accepts a script that begins by removing.
local function end_session(id, record, ending)
  if record.user_id then
    unindex_sessions(index_key(record), record.tenant_id, { id })
  else
    redis.call('ZREM', shard.expiry, expiry_member(id, record))
  end
  return bury_session(id, record, ending)
end

-- Names the event of one of several sessions that an operation ends.
local function event_id_of(id)
  return operation.event_id .. '.' .. id
end

-- The record that nothing has ended yet, or nil, and how it ends now, past its deadline or of an
-- older epoch.
local function open_record(id)
  local record = read_record(session_key(id))
  if not record or record.state then return nil end
  local state, reason, at = lapse_of(record, shard_epoch, operation.now)
  return record, state and {
    state = state, reason = reason, at = at,
    event = { id = event_id_of(id), type = 'session.' .. state, initiator = 'system', context = '{}' },
  }
end

-- The live record, or nil. A session that is past its end ends here, and is added to `ended` if
-- that is given.
local function live_record(id, ended)
  local record, ending = open_record(id)
  if not ending then return record end
  local told = end_session(id, record, ending)
  if ended then ended[#ended + 1] = told end
  return nil
end
