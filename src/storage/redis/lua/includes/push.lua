-- What every process is told of the change; push-message.ts reads it. A map, so that more can be
-- told later: e has those ended, p the epoch that began, c the ids of live sessions that changed.
local message = {}

local function tell_ended(ended)
  message.e = message.e or {}
  message.e[#message.e + 1] = ended
end

-- Of activity nobody is told: others may believe an older instant.
local function tell_changed(id)
  message.c = { id }
end

-- `command` is publish or spublish, or empty. What cannot be sent must not undo what it tells of:
-- processes also look for themselves. Servers before 7.0 have no sharded channels.
local function send_message(channel, command)
  if command == '' or not next(message) then return end
  local packed = cmsgpack.pack(message)
  local answer = command == 'spublish' and redis.pcall('SPUBLISH', channel, packed)
  if type(answer) ~= 'number' then redis.pcall('PUBLISH', channel, packed) end
end
