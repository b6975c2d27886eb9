-- The arguments that the fast paths left over. `next_arg` is where the next operation begins.
if position > #input then
  return cmsgpack.pack(reply)
end
local args, last_arg, next_arg = {}, 0, 1
for word in string.gmatch(sub(input, position), '%S+') do
  last_arg = last_arg + 1
  args[last_arg] = word
end

-- From here on `pcall` returns an error only for a foreign value. Any other error, such as a missing
-- right, is not about the key and fails the call with the server's own message.
local raw_pcall = pcall
local function pcall(...)
  local value = raw_pcall(...)
  if type(value) == 'table' and value.err and not string.find(value.err, 'WRONGTYPE', 1, true) then
    return call(...)
  end
  return value
end
