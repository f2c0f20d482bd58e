--[[
  block: refuse new sessions of a user until an instant.

  KEYS[1] marker        string  the answer under this event id
  KEYS[2] epoch         string
  KEYS[3] expiry        sorted set
  KEYS[4] created       sorted set
  KEYS[5] outbox        stream
  KEYS[6] outboxBytes   string
  KEYS[7] block         string

  ARGV[1] shardPrefix
  ARGV[2] eventId
  ARGV[3] now
  ARGV[4] deadline      on the clock of Redis
  ARGV[5] initiator
  ARGV[6] context       JSON text
  ARGV[7] tombstoneTtl  milliseconds
  ARGV[8] audit         1: leave audit events
  ARGV[9] push          publish or spublish: how others are told of endings; empty: not at all
  ARGV[10] until          not after now: lifts the block
  ARGV[11] tenantId
  ARGV[12] userId

  Returns done

  A login either opened before, and stays, or finds the block.
]]
--- @include "includes/events"

local block = KEYS[7]
local ends_at = integer(ARGV[10])
local tenant_id = ARGV[11]
local user_id = ARGV[12]

return once(function()
  if ends_at > operation.now then
    redis.call('SET', block, ends_at, 'PX', ends_at - operation.now)
  else
    redis.call('DEL', block)
  end
  record_event({ type = 'user.blocked', tenant_id = tenant_id, user_id = user_id })
  return { 'done' }
end)
