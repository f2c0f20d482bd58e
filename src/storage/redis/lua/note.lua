--[[
  note: keep a text for all processes for a while.

  KEYS[1] note          string

  ARGV[1] text
  ARGV[2] ttl           milliseconds

  Returns 1

  The last writer wins.
]]
--- @include "includes/arguments"

redis.call('SET', KEYS[1], ARGV[1], 'PX', integer(ARGV[2]))
return 1
