-- What every process is told of the change; push-message.ts reads it. A map, so that more can be
-- told later: e has those ended, p the epoch that began.
local message = {}

local function tell_ended(ended)
  message.e = message.e or {}
  message.e[#message.e + 1] = ended
end

-- `command` is publish or spublish, or empty. What cannot be sent must not undo what it tells of:
-- processes also look for themselves. Sharded channels, as this constant, are there since 7.0.
local function send_message(channel, command)
  if command == '' or not next(message) then return end
  local packed = cmsgpack.pack(message)
  if command == 'spublish' and redis.REDIS_VERSION_NUM then
    redis.pcall('SPUBLISH', channel, packed)
  else
    redis.pcall('PUBLISH', channel, packed)
  end
end
