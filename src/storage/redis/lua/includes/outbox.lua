-- What an entry counts for in outbox_bytes: its values; names and overhead do not.
local function entry_bytes(fields)
  local bytes = 0
  for position = 2, #fields, 2 do
    bytes = bytes + #fields[position]
  end
  return bytes
end
