--[[
  create: open a session. Nothing else ever does.

  KEYS[1] marker        string  the answer under this event id
  KEYS[2] epoch         string
  KEYS[3] expiry        sorted set
  KEYS[4] created       sorted set
  KEYS[5] outbox        stream
  KEYS[6] outboxBytes   string

  ARGV[1] shardPrefix
  ARGV[2] eventId
  ARGV[3] now
  ARGV[4] deadline      on the clock of Redis
  ARGV[5] initiator
  ARGV[6] context       JSON text
  ARGV[7] tombstoneTtl  milliseconds
  ARGV[8] audit         1: leave audit events
  ARGV[9] push          publish or spublish: how others are told of endings; empty: not at all
  ARGV[10] id
  ARGV[11] session       packed; epoch and version are set here
  ARGV[12] max           the session limit; empty: none
  ARGV[13] onLimit       evict-oldest or reject
  ARGV[14] eventType
  ARGV[15] outboxMaxBytes
  ARGV[16] adminIndex    1: keep the creation order

  Returns created, the packed record, those ended, packed
          limit-reached, those ended, packed
          blocked, until
          taken    the id has another token, or a tombstone
          backlog  the outbox is over twice its bound

  Builds the session's key and the user's index and block keys from the shard's prefix. Parallel
  logins of a user meet here one after the other, so the limit holds.
]]
--- @include "includes/user-walk"

local id = ARGV[10]
local session = unpack_record(ARGV[11])
local max = optional_integer(ARGV[12])
local on_limit = ARGV[13]
local event_type = ARGV[14]
local outbox_max_bytes = integer(ARGV[15])
local admin_index = ARGV[16] == '1'

local function blocked_until()
  local block = shard.prefix .. 'b:' .. user_key(session.tenant_id, session.user_id)
  local ends_at = tonumber(redis.call('GET', block) or 0)
  return ends_at > operation.now and ends_at or nil
end

local function least_recently_seen_first(left, right)
  if left.record.last_seen_at ~= right.record.last_seen_at then return left.record.last_seen_at < right.record.last_seen_at end
  return left.id < right.id
end

local function evict(victim)
  return end_session(victim.id, victim.record, {
    state = 'evicted', reason = 'session-limit',
    event = { id = event_id_of(victim.id), type = 'session.evicted', initiator = 'policy' },
  })
end

-- False: the limit refuses the session.
local function make_room(ended)
  local living = walk_user(index_key(session), ended)
  local excess = #living + 1 - max
  if excess <= 0 then return true end
  if on_limit == 'reject' then return false end
  table.sort(living, least_recently_seen_first)
  for position = 1, excess do
    ended[#ended + 1] = evict(living[position])
  end
  return true
end

local function put_in_order()
  if not session.user_id then return end
  index_session(id, session)
  if admin_index then redis.call('ZADD', shard.created, session.created_at, id) end
end

return once(function()
  if redis.call('EXISTS', session_key(id)) == 1 then
    local present = live_record(id)
    if not present or present.token_hash ~= session.token_hash then return { 'taken' } end
    return { 'created', pack_record(present), cmsgpack.pack({}) }
  end

  local ended = {}
  if session.user_id then
    local blocked = blocked_until()
    if blocked then return { 'blocked', blocked } end
    if outbox_exceeds(2 * outbox_max_bytes) then return { 'backlog' } end
    if max and not make_room(ended) then return { 'limit-reached', cmsgpack.pack(ended) } end
  end

  session.epoch = shard_epoch
  session.version = 1
  local packed = write_record(id, session)
  put_in_order()
  record_session_event(id, session, { type = event_type })
  return { 'created', packed, cmsgpack.pack(ended) }
end)
