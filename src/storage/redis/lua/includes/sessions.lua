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
  return shard.prefix .. 'u:' .. user_key(record.t or '', record.u)
end

local function retention_of(record)
  return math.max(record.x - operation.now, 0) + RETENTION_MS
end

-- Where the expiry index has a record: a user's sessions share one entry.
local function expiry_member(id, record)
  if record.u then return 'u' .. user_key(record.t or '', record.u) end
  return 's' .. id
end

-- Replaces a live record without changing when Redis forgets it.
local function replace_record(id, record)
  local packed = cmsgpack.pack(record)
  redis.call('SET', session_key(id), packed, 'KEEPTTL')
  return packed
end

-- Writes a record whose absolute deadline is new.
local function write_record(id, record)
  local packed = cmsgpack.pack(record)
  redis.call('SET', session_key(id), packed, 'PX', retention_of(record))
  redis.call('ZADD', shard.expiry, 'LT', expires_at(record), expiry_member(id, record))
  return packed
end

local function count(what, tenant, change)
  for _, field in ipairs({ what, what .. ':' .. tenant }) do
    if redis.call('HINCRBY', shard.prefix .. 'n', field, change) == 0 then
      redis.call('HDEL', shard.prefix .. 'n', field)
    end
  end
end

-- A user's sessions and the users are counted where the user index changes, and only if it does.
local function index_session(id, record)
  local index, tenant = index_key(record), record.t or ''
  local is_first = redis.call('EXISTS', index) == 0
  if redis.call('ZADD', index, record.c, id) == 0 then return end
  count('s', tenant, 1)
  if is_first then count('u', tenant, 1) end
end

local function unindex_session(index, tenant, id)
  if redis.call('ZREM', index, id) == 1 then
    count('s', tenant, -1)
    if redis.call('EXISTS', index) == 0 then count('u', tenant, -1) end
  end
  redis.call('ZREM', shard.created, id)
end

-- Ends a session as state, reason and event say, since `at` or now. Returns what others are told.
-- The index goes first: a full Redis accepts a script that begins by removing.
local function end_session(id, record, ending)
  if record.u then
    unindex_session(index_key(record), record.t or '', id)
  else
    redis.call('ZREM', shard.expiry, expiry_member(id, record))
  end

  local event = ending.event
  local tombstone = {
    s = ending.state, w = ending.reason, z = ending.at or operation.now, y = event.id or operation.event_id,
    t = record.t, u = record.u, h = record.h, p = record.p, g = record.g,
  }
  local ttl = math.max(operation.tombstone_ttl, (record.q or 0) - operation.now)
  redis.call('SET', session_key(id), cmsgpack.pack(tombstone), 'PX', ttl)

  event.reason = ending.reason
  record_session_event(id, record, event)
  local ended = { id, ending.state, ending.reason }
  if record.u then ended[4], ended[5] = record.t or '', record.u end
  tell_ended(ended)
  return ended
end

-- Names the event of one of several sessions that an operation ends.
local function event_id_of(id)
  return operation.event_id .. '.' .. id
end

-- The live record, or nil. A session past its deadline or of an older epoch ends here, and is
-- added to `ended` if that is given.
local function live_record(id, ended)
  local record = read_record(session_key(id))
  if not record or record.s then return nil end
  local state, reason, at = lapse_of(record, shard_epoch, operation.now)
  if not state then return record end

  local told = end_session(id, record, {
    state = state, reason = reason, at = at,
    event = { id = event_id_of(id), type = 'session.' .. state, initiator = 'system', context = '{}' },
  })
  if ended then ended[#ended + 1] = told end
  return nil
end
