--[[
  touch: record activity of a live session.

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

  Returns touched
          gone

  lastSeenAt never moves back, so requests that overtake each other do no harm.
]]
--- @include "includes/sessions"

local id = ARGV[10]

return once(function()
  local record = live_record(id)
  if not record then return { 'gone' } end
  if record.last_seen_at < operation.now then
    record.last_seen_at = operation.now
    replace_record(id, record)
  end
  return { 'touched' }
end)
