--[[
  acknowledge: take entries out of the outbox.

  KEYS[1] outbox        stream
  KEYS[2] outboxBytes   string

  ARGV[1] entries       packed: stream ids

  Returns how many were taken

  Safe to repeat: an entry that is gone is not counted again. An empty outbox counts zero bytes,
  whatever was counted before.
]]
--- @include "includes/outbox"

local outbox = KEYS[1]
local outbox_bytes = KEYS[2]

local present, bytes = {}, 0
for _, id in ipairs(cmsgpack.unpack(ARGV[1])) do
  local entry = redis.call('XRANGE', outbox, id, id)[1]
  if entry then
    present[#present + 1] = id
    bytes = bytes + entry_bytes(entry[2])
  end
end

local taken = 0
for _, id in ipairs(present) do
  taken = taken + redis.call('XDEL', outbox, id)
end

local left = tonumber(redis.call('GET', outbox_bytes) or 0) - bytes
if left <= 0 or redis.call('XLEN', outbox) == 0 then
  redis.call('DEL', outbox_bytes)
else
  redis.call('SET', outbox_bytes, left)
end
return taken
