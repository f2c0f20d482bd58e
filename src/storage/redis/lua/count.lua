--[[
  count: count events of one key in a window.

  KEYS[1] counter       string

  ARGV[1] points        how many events
  ARGV[2] seconds       the window, which begins with the first event

  Returns the events in the window, these included; milliseconds that are left of it
]]
--- @include "includes/arguments"

local points = integer(ARGV[1])
local seconds = integer(ARGV[2])

redis.call('SET', KEYS[1], 0, 'EX', seconds, 'NX')
return { redis.call('INCRBY', KEYS[1], points), redis.call('PTTL', KEYS[1]) }
