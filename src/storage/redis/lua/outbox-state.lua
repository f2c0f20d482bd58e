--[[
  outbox-state: tell how much waits in the outbox, and since when.

  KEYS[1] outbox        stream
  KEYS[2] outboxBytes   string

  Returns entries, bytes, the oldest entry (an empty list if there is none)

  Changes nothing; the three belong to one instant.
]]
local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)
local bytes = tonumber(redis.call('GET', KEYS[2]) or 0)
return { redis.call('XLEN', KEYS[1]), bytes, oldest }
