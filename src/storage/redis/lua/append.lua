--[[
  append: record a fact that changes no session.

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
  ARGV[10] type
  ARGV[11] subject       packed: session (s), tenant (n), user (u) and reason (r), where given
  ARGV[12] outboxMaxBytes

  Returns recorded  with audit off: left out
          dropped   the outbox is over its bound

  The bound is read and the event written in one step.
]]
--- @include "includes/events"

local event_type = ARGV[10]
local subject = cmsgpack.unpack(ARGV[11])
local outbox_max_bytes = integer(ARGV[12])

return once(function()
  if outbox_exceeds(outbox_max_bytes) then return { 'dropped' } end
  record_event({
    type = event_type, session_id = subject.s, tenant_id = subject.n, user_id = subject.u, reason = subject.r,
  })
  return { 'recorded' }
end)
