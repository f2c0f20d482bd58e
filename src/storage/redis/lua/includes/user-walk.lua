--- @include "sessions"

local function tenant_of(index)
  local length, rest = index:sub(#shard.prefix + #'u:' + 1):match('^(%d+):(.*)$')
  return rest:sub(1, tonumber(length))
end

-- Visits a user's sessions in creation order. Ends the dead, until `ended` has `most` (default: any
-- number), and mends entries without a record. Returns the living, and whether all were visited.
local function walk_user(index, ended, most)
  local living = {}
  for _, id in ipairs(redis.call('ZRANGE', index, 0, -1)) do
    if most and #ended >= most then return living, false end
    local record = live_record(id, ended)
    if record then
      living[#living + 1] = { id = id, record = record }
    else
      unindex_session(index, tenant_of(index), id)
    end
  end
  return living, true
end
