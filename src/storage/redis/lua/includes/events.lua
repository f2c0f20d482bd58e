--- @include "operation"
--- @include "outbox"

-- Whether more waits in the outbox than that. What waited before the audit was switched off is in
-- nobody's way.
local function outbox_exceeds(bytes)
  return operation.audit and tonumber(redis.call('GET', shard.outbox_bytes) or 0) > bytes
end

local outbox_growth = 0

at_end[#at_end + 1] = function()
  if outbox_growth > 0 then redis.call('INCRBY', shard.outbox_bytes, outbox_growth) end
end

local SUBJECT_FIELDS = { 's', 'session_id', 'n', 'tenant_id', 'u', 'user_id', 'r', 'reason' }

-- Writes an audit event, unless none are kept; outbox-entry.ts reads it. `event` has a type and, where they apply, id,
-- initiator, context (default: the operation's), session_id, tenant_id, user_id and reason.
local function record_event(event)
  if not operation.audit then return end
  local fields = {
    'i', event.id or operation.event_id,
    't', event.type,
    'a', operation.now_text,
    'o', event.initiator or operation.initiator,
    'c', event.context or operation.context,
  }
  for position = 1, #SUBJECT_FIELDS, 2 do
    local value = event[SUBJECT_FIELDS[position + 1]]
    if value then
      fields[#fields + 1] = SUBJECT_FIELDS[position]
      fields[#fields + 1] = value
    end
  end

  redis.call('XADD', shard.outbox, '*', unpack(fields))
  outbox_growth = outbox_growth + entry_bytes(fields)
end

-- An event about one user's session. Anonymous sessions leave none.
local function record_session_event(session_id, record, event)
  if not record.user_id then return end
  event.session_id = session_id
  event.tenant_id = record.tenant_id
  event.user_id = record.user_id
  record_event(event)
end
