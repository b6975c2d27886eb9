-- What the short way has left over, as words: `next_word` is where the next run begins.
if position > #question then
  return cmsgpack.pack(reply)
end
local words, last_word, next_word = {}, 0, 1
for word in string.gmatch(sub(question, position), '%S+') do
  last_word = last_word + 1
  words[last_word] = word
end

-- From here on only a foreign value is an answer (a table with the error). Whatever else stops a
-- command, such as a right that was taken away, fails the call with the server's own words: it is
-- not about the key.
local plain_pcall = pcall
local function pcall(...)
  local value = plain_pcall(...)
  if type(value) == 'table' and value.err and not string.find(value.err, 'WRONGTYPE', 1, true) then
    return call(...)
  end
  return value
end
