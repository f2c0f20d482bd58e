--[[
  sweep: end what is past its deadline, and mend the indexes.

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
  ARGV[10] budget

  Returns done, those ended, packed, 1 if due entries are left

  The expiry index may name a user too early, because activity does not write it, but never too
  late. Here it is corrected from the records; each entry and each ending costs one of the budget.
]]
--- @include "includes/user-walk"

local budget = integer(ARGV[10])
local ended = {}

local function reschedule(member, at)
  if at then
    redis.call('ZADD', shard.expiry, at, member)
  else
    redis.call('ZREM', shard.expiry, member)
  end
end

local function sweep_user(member, most)
  local living, complete = walk_user(shard.prefix .. 'u:' .. member:sub(2), ended, most)
  if not complete then return end
  local earliest
  for _, session in ipairs(living) do
    earliest = math.min(earliest or math.huge, expires_at(session.record))
  end
  reschedule(member, earliest)
end

local function sweep_anonymous(member)
  local record = live_record(member:sub(2), ended)
  reschedule(member, record and expires_at(record))
end

local function due(count)
  return redis.call('ZRANGE', shard.expiry, '-inf', operation.now, 'BYSCORE', 'LIMIT', 0, count)
end

return once(function()
  local left = budget
  for _, member in ipairs(due(budget)) do
    if left <= 0 then break end
    local before = #ended
    if member:sub(1, 1) == 'u' then
      sweep_user(member, before + left)
    else
      sweep_anonymous(member)
    end
    left = left - math.max(1, #ended - before)
  end
  return { 'done', cmsgpack.pack(ended), #due(1) }
end)
