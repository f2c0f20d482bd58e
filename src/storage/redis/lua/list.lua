--[[
  list: a page of a user's live sessions, oldest first.

  KEYS[1] epoch         string
  KEYS[2] userIndex     sorted set
  KEYS[3] created       sorted set

  ARGV[1] shardPrefix
  ARGV[2] now
  ARGV[3] limit
  ARGV[4] fromCreatedAt starts here; empty: at the oldest
  ARGV[5] fromId        of those created then, starts after this id

  Returns session id, packed record, session id, packed record ...
          of one more than the limit if there are more

  Writes nothing but the removal of entries without a record. What is dead is left to the sweep.
]]
--- @include "includes/arguments"
--- @include "includes/records"

local epoch = tonumber(redis.call('GET', KEYS[1]) or 0)
local index = KEYS[2]
local created = KEYS[3]
local prefix = ARGV[1]
local now = integer(ARGV[2])
local wanted = integer(ARGV[3]) + 1
local from_created_at = optional_integer(ARGV[4])
local from_id = ARGV[5]

local found, orphans = {}, {}

local function visit(id)
  local packed = redis.call('GET', prefix .. 's:' .. id)
  local record = packed and unpack_record(packed)
  if not record or record.state then
    orphans[#orphans + 1] = id
  elseif not lapse_of(record, epoch, now) then
    found[#found + 1] = id
    found[#found + 1] = packed
  end
end

local offset = 0
repeat
  local entries = redis.call(
    'ZRANGE', index, from_created_at or '-inf', '+inf', 'BYSCORE', 'LIMIT', offset, wanted, 'WITHSCORES'
  )
  for position = 1, #entries, 2 do
    local id, created_at = entries[position], tonumber(entries[position + 1])
    if #found < 2 * wanted and (created_at ~= from_created_at or id > from_id) then visit(id) end
  end
  offset = offset + wanted
until #entries == 0 or #found == 2 * wanted

for _, id in ipairs(orphans) do
  redis.call('ZREM', index, id)
  redis.call('ZREM', created, id)
end
return found
