--[[
  rotate: exchange the token of a live session.

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
  ARGV[11] from               the token hash in force
  ARGV[12] to
  ARGV[13] kind               periodic or immediate
  ARGV[14] replaceUnconfirmed 1: the token in force was never used and is replaced
  ARGV[15] absoluteExpiresAt  of a new proof of identity; empty: none was given
  ARGV[16] methods            packed; of the new proof

  Returns rotated, the packed record
          lost, the packed record   another caller rotated or confirmed first
          gone

  Two requests may arrive with the same cookie. Compare and exchange are one step, so exactly one
  of them wins and one event is written.
]]
--- @include "includes/sessions"

local id = ARGV[10]
local from = ARGV[11]
local to = ARGV[12]
local kind = ARGV[13]
local replace_unconfirmed = ARGV[14] == '1'
local absolute_expires_at = optional_integer(ARGV[15])
local methods = cmsgpack.unpack(ARGV[16])

local function exchange(record)
  if not replace_unconfirmed then
    record.previous_token_hash = record.token_hash
    record.generation = record.generation + 1
    record.rotation = kind == 'periodic' and kind or nil
    record.confirmed_at = nil
  end
  record.token_hash = to
  record.rotated_at = operation.now
  record.last_seen_at = math.max(record.last_seen_at, operation.now)
end

local function may_exchange(record)
  if record.token_hash ~= from then return false end
  if not replace_unconfirmed then return true end
  return record.previous_token_hash and record.rotation == 'periodic' and not record.confirmed_at
end

local function reauthenticate(record)
  record.authenticated_at = operation.now
  record.absolute_expires_at = absolute_expires_at
  local methods_end, data = cmsgpack.unpack_limit(record.details, 2)
  record.details = cmsgpack.pack(data, methods) .. record.details:sub(methods_end + 1)
end

return once(function()
  local record = live_record(id)
  if not record then return { 'gone' } end
  if record.token_hash == to then return { 'rotated', pack_record(record) } end
  if not may_exchange(record) then return { 'lost', pack_record(record) } end

  exchange(record)
  tell_changed(id)
  if not absolute_expires_at then
    record_session_event(id, record, { type = 'session.rotated' })
    return { 'rotated', replace_record(id, record) }
  end
  reauthenticate(record)
  record_session_event(id, record, { type = 'session.reauthenticated' })
  return { 'rotated', write_record(id, record) }
end)
