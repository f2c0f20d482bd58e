--- @include "operation"
--- @include "outbox"

-- Whether more waits in the outbox than that. What waited before the audit was switched off is in
-- nobody's way.
local function outbox_exceeds(bytes)
  return operation.audit and tonumber(redis.call('GET', shard.outbox_bytes) or 0) > bytes
end

-- Writes an audit event, unless none are kept; outbox-entry.ts reads it. `event` has a type and, where they apply, id,
-- initiator, context (default: the operation's), session_id, tenant_id, user_id and reason.
local function record_event(event)
  if not operation.audit then return end
  local fields = {
    'i', event.id or operation.event_id,
    't', event.type,
    'a', operation.now,
    'o', event.initiator or operation.initiator,
    'c', event.context or operation.context,
  }
  local function add(name, value)
    if value then
      fields[#fields + 1] = name
      fields[#fields + 1] = value
    end
  end
  add('s', event.session_id)
  add('n', event.tenant_id)
  add('u', event.user_id)
  add('r', event.reason)

  redis.call('XADD', shard.outbox, '*', unpack(fields))
  redis.call('INCRBY', shard.outbox_bytes, entry_bytes(fields))
end

-- An event about one user's session. Anonymous sessions leave none.
local function record_session_event(session_id, record, event)
  if not record.u then return end
  event.session_id = session_id
  event.tenant_id = record.t or ''
  event.user_id = record.u
  record_event(event)
end
