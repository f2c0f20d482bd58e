--[[
  save: write keys of the data of a live session.

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
  ARGV[11] set           packed: key, JSON text, key, JSON text ...
  ARGV[12] remove        packed: keys
  ARGV[13] ifVersion     saves only over this version; empty: over any
  ARGV[14] activity      touch: counts as activity; none: does not

  Returns saved, the version after
          conflict
          gone

  Keys that are not named stay as they are now, whoever wrote them, so two requests that write
  different keys lose nothing. An ended session stays ended.
]]
--- @include "includes/sessions"

local id = ARGV[10]
local set = cmsgpack.unpack(ARGV[11])
local remove = cmsgpack.unpack(ARGV[12])
local if_version = optional_integer(ARGV[13])
local is_activity = ARGV[14] == 'touch'

-- The data as it will be; nil when nothing is left of it.
local function merge(data)
  local named = {}
  for position = 1, #set, 2 do named[set[position]] = true end
  for _, key in ipairs(remove) do named[key] = true end

  local merged = {}
  local function append(key, text)
    merged[#merged + 1] = key
    merged[#merged + 1] = text
  end
  for position = 1, #data, 2 do
    if not named[data[position]] then append(data[position], data[position + 1]) end
  end
  for position = 1, #set, 2 do append(set[position], set[position + 1]) end
  return #merged > 0 and merged or nil
end

return once(function()
  local record = live_record(id)
  if not record then return { 'gone' } end
  if if_version and record.v ~= if_version then return { 'conflict' } end

  record.j = merge(record.j or {})
  if #set + #remove > 0 then record.v = record.v + 1 end
  if is_activity then record.l = math.max(record.l, operation.now) end
  replace_record(id, record)
  return { 'saved', record.v }
end)
