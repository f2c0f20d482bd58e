--[[
  anchor: note how far the audit chain of a shard has come in the database.

  KEYS[1] anchor        string

  ARGV[1] from          what has to be noted now, if anything is; empty: nothing may be
  ARGV[2] to

  Returns 1 it is noted now
          0 something else is

  Safe to repeat. Of two callers with the same `from` one is answered 1, for the other finds what
  the first has noted.
]]
local from = ARGV[1]
local to = ARGV[2]

local present = redis.call('GET', KEYS[1])
if present and present ~= from and present ~= to then return 0 end
redis.call('SET', KEYS[1], to)
return 1
