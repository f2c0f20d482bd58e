--[[
  acknowledge: take entries out of the outbox.

  KEYS[1] outbox        stream
  KEYS[2] outboxBytes   string

  ARGV[1] entries       packed: a stream id and the bytes that its entry counts for, in turns

  Returns how many were taken

  Safe to repeat: an entry that is gone is not counted again. An empty outbox counts zero bytes,
  whatever was counted before. Reading the entries once more, to count them here, would hold Redis
  several times as long.
]]
local outbox = KEYS[1]
local outbox_bytes = KEYS[2]

local entries = cmsgpack.unpack(ARGV[1])
local taken, bytes = 0, 0
for position = 1, #entries, 2 do
  if redis.call('XDEL', outbox, entries[position]) == 1 then
    taken = taken + 1
    bytes = bytes + tonumber(entries[position + 1])
  end
end

local left = tonumber(redis.call('GET', outbox_bytes) or 0) - bytes
if left <= 0 or redis.call('XLEN', outbox) == 0 then
  redis.call('DEL', outbox_bytes)
else
  redis.call('SET', outbox_bytes, left)
end
return taken
