--[[
  claim-layout: write how this store is laid out, unless that is settled, and tell how it is.

  KEYS[1] meta          hash

  ARGV[1] layout        version of keys and records
  ARGV[2] shards

  Returns layout, shards

  Of several processes that start at once, the first settles it for all.
]]
redis.call('HSETNX', KEYS[1], 'layout', ARGV[1])
redis.call('HSETNX', KEYS[1], 'shards', ARGV[2])
return redis.call('HMGET', KEYS[1], 'layout', 'shards')
