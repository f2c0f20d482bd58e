--[[
  revoke: end one live session on purpose.

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
  ARGV[11] reason
  ARGV[12] eventType
  ARGV[13] only          packed: tenant (t) and user (u) it must belong to, where given

  Returns revoked, the packed record as it ended
          gone

  Only the first caller hears revoked, and has the data as it ended: nothing can be written to it
  any more.
]]
--- @include "includes/sessions"

local id = ARGV[10]
local reason = ARGV[11]
local event_type = ARGV[12]
local only = cmsgpack.unpack(ARGV[13])

local function belongs(record)
  if only.u and record.user_id ~= only.u then return false end
  if only.t and (not record.user_id or record.tenant_id ~= only.t) then return false end
  return true
end

return once(function()
  local stored = read_record(session_key(id))
  if not stored or not belongs(stored) then return { 'gone' } end
  local record = live_record(id)
  if not record then return { 'gone' } end
  end_session(id, record, {
    state = 'revoked', reason = reason, event = { type = event_type },
  })
  return { 'revoked', pack_record(record) }
end)
