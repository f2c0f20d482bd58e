--[[
  revoke-all: end a user's live sessions on purpose.

  KEYS[1] marker        string  the answer under this event id
  KEYS[2] epoch         string
  KEYS[3] expiry        sorted set
  KEYS[4] created       sorted set
  KEYS[5] outbox        stream
  KEYS[6] outboxBytes   string
  KEYS[7] userIndex     sorted set

  ARGV[1] shardPrefix
  ARGV[2] eventId
  ARGV[3] now
  ARGV[4] deadline      on the clock of Redis
  ARGV[5] initiator
  ARGV[6] context       JSON text
  ARGV[7] tombstoneTtl  milliseconds
  ARGV[8] audit         1: leave audit events
  ARGV[9] push          publish or spublish: how others are told of endings; empty: not at all
  ARGV[10] reason
  ARGV[11] except        a session id to spare; empty: none
  ARGV[12] before        ends only what was created before; empty: all

  Returns done, those ended, packed

  A login either is in the index when this runs, and ends, or opens afterwards, and stays.
]]
--- @include "includes/user-walk"

local index = KEYS[7]
local reason = ARGV[10]
local except = ARGV[11]
local before = optional_integer(ARGV[12])

return once(function()
  local ended = {}
  for _, session in ipairs((walk_user(index, ended))) do
    if session.id ~= except and (not before or session.record.created_at < before) then
      ended[#ended + 1] = end_session(session.id, session.record, {
        state = 'revoked', reason = reason,
        event = { id = event_id_of(session.id), type = 'session.revoked' },
      })
    end
  end
  return { 'done', cmsgpack.pack(ended) }
end)
