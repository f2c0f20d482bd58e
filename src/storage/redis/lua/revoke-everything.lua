--[[
  revoke-everything: end every session of the shard, by a new epoch.

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

  Returns done

  From this instant a session of an older epoch is dead to every script and reader. All expiry
  entries become due, so that the next sweeps end the records too.
]]
--- @include "includes/events"

return once(function()
  local previous = tonumber(redis.call('GET', shard.epoch) or 0)
  message.p = math.max(operation.now, previous + 1)
  redis.call('SET', shard.epoch, message.p)
  redis.call('ZUNIONSTORE', shard.expiry, 1, shard.expiry, 'WEIGHTS', 0)
  record_event({ type = 'sessions.all_revoked', reason = 'all-revoked' })
  return { 'done' }
end)
