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
  ARGV[15] maxDataBytes  of names and texts together, if they grow; empty: any number

  Returns saved, the version after
          too-large, the bytes it would come to
          conflict
          gone

  Keys that are not named stay as they are now, whoever wrote them, so two requests that write
  different keys lose nothing, and however many write at once, the data stay within their bound. An
  ended session stays ended.
]]
--- @include "includes/sessions"

local id = ARGV[10]
local set = cmsgpack.unpack(ARGV[11])
local remove = cmsgpack.unpack(ARGV[12])
local if_version = optional_integer(ARGV[13])
local is_activity = ARGV[14] == 'touch'
local max_data_bytes = optional_integer(ARGV[15])

local function bytes_of(data)
  local bytes = 0
  for _, text in ipairs(data) do bytes = bytes + #text end
  return bytes
end

-- The bytes of data that grow beyond their bound, or nil.
local function too_large(before, after)
  if not max_data_bytes then return nil end
  local bytes = bytes_of(after)
  return bytes > max_data_bytes and bytes > bytes_of(before) and bytes or nil
end

-- The data as they will be.
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
  return merged
end

return once(function()
  local record = live_record(id)
  if not record then return { 'gone' } end
  if if_version and record.version ~= if_version then return { 'conflict' } end

  local data_end, data = cmsgpack.unpack_one(record.details)
  local after = merge(data)
  local bytes = too_large(data, after)
  if bytes then return { 'too-large', bytes } end

  record.details = cmsgpack.pack(after) .. record.details:sub(data_end + 1)
  if #set + #remove > 0 then
    record.version = record.version + 1
    tell_changed(id)
  end
  if is_activity then record.last_seen_at = math.max(record.last_seen_at, operation.now) end
  replace_record(id, record)
  return { 'saved', record.version }
end)
