--[[
  list-created: the shard's creation order, newest first, strictly after a point in it.

  KEYS[1] created       sorted set

  ARGV[1] limit
  ARGV[2] fromCreatedAt empty: starts at the newest
  ARGV[3] fromId

  Returns session id, createdAt, session id, createdAt ...

  Several sessions may be of one instant; their ids, descending, decide between them.
]]
--- @include "includes/arguments"

local limit = integer(ARGV[1])
local from_created_at = optional_integer(ARGV[2])
local from_id = ARGV[3]

local found = {}
local offset = 0
repeat
  local entries = redis.call(
    'ZRANGE', KEYS[1], from_created_at or '+inf', '-inf', 'BYSCORE', 'REV', 'LIMIT', offset, limit, 'WITHSCORES'
  )
  for position = 1, #entries, 2 do
    local id, created_at = entries[position], tonumber(entries[position + 1])
    if #found < 2 * limit and (created_at ~= from_created_at or id < from_id) then
      found[#found + 1] = id
      found[#found + 1] = created_at
    end
  end
  offset = offset + limit
until #entries == 0 or #found == 2 * limit
return found
