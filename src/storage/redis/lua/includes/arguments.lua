-- Arguments are read before anything is written, so that a malformed one changes nothing.
local function integer(text)
  local number = tonumber(text)
  if not number or number ~= math.floor(number) then
    error('not a whole number')
  end
  return number
end

local function optional_integer(text)
  if text == '' then return nil end
  return integer(text)
end
