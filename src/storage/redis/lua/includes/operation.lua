--- @include "arguments"
--- @include "push"

-- What every changing script is given first, in this order.
local shard = {
  marker = KEYS[1],
  epoch = KEYS[2],
  expiry = KEYS[3],
  created = KEYS[4],
  outbox = KEYS[5],
  outbox_bytes = KEYS[6],
  prefix = ARGV[1],
}
local operation = {
  event_id = ARGV[2],
  now = integer(ARGV[3]),
  now_text = ARGV[3],
  deadline = integer(ARGV[4]),
  initiator = ARGV[5],
  context = ARGV[6],
  tombstone_ttl = integer(ARGV[7]),
  tombstone_ttl_text = ARGV[7],
  audit = ARGV[8] == '1',
  push = ARGV[9],
}

-- What is left to do when the work is done: what many of its steps add to is written once.
local at_end = {}

-- Rounding must not let a marker go before its deadline has passed.
local MARKER_MARGIN_MS = 1000

-- Does the work unless it has been done under this event id, or the deadline is reached. A repeat
-- comes before the deadline, and the marker has its answer, or after it, and is refused.
local function once(work)
  local answered = redis.call('GET', shard.marker)
  if answered then return cmsgpack.unpack(answered) end

  local time = redis.call('TIME')
  if time[1] * 1000 + math.floor(time[2] / 1000) >= operation.deadline then return { 'late' } end

  local reply = work()
  for _, finish in ipairs(at_end) do finish() end
  if message.e or message.p then redis.call('SET', shard.prefix .. 'end', operation.event_id) end
  send_message(shard.prefix .. 'push', operation.push)
  redis.call('SET', shard.marker, cmsgpack.pack(reply), 'PXAT', operation.deadline + MARKER_MARGIN_MS)
  return reply
end
