--[[
  lease: let one holder have a piece of work to itself for a while.

  KEYS[1] lease         string

  ARGV[1] holder
  ARGV[2] ttl           milliseconds

  Returns 1 held by this holder now
          0 held by another

  Asking again extends.
]]
--- @include "includes/arguments"

local holder = ARGV[1]
local ttl = integer(ARGV[2])

local present = redis.call('GET', KEYS[1])
if present and present ~= holder then return 0 end
redis.call('SET', KEYS[1], holder, 'PX', ttl)
return 1
