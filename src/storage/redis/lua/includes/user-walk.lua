--- @include "sessions"

local function tenant_of(index)
  local length, rest = index:sub(#shard.prefix + #'u:' + 1):match('^(%d+):(.*)$')
  return rest:sub(1, tonumber(length))
end

-- Visits a user's sessions in creation order. Ends the dead, until `ended` has `most` (default: any
-- number), and mends entries without a record. Returns the living, and whether all were visited.
local function walk_user(index, ended, most)
  local living, gone, dead = {}, {}, {}
  local ids = redis.call('ZRANGE', index, 0, -1)
  for _, id in ipairs(ids) do
    if most and #ended + #dead >= most then break end
    local record, ending = open_record(id)
    if record and not ending then
      living[#living + 1] = { id = id, record = record }
    else
      gone[#gone + 1] = id
      if ending then dead[#dead + 1] = { id = id, record = record, ending = ending } end
    end
  end

  unindex_sessions(index, tenant_of(index), gone)
  for _, session in ipairs(dead) do
    ended[#ended + 1] = bury_session(session.id, session.record, session.ending)
  end
  return living, #living + #gone == #ids
end
