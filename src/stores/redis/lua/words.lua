-- What the short way has left over, as words: `next_word` is where the next run begins.
if position > #question then
  return cmsgpack.pack(reply)
end
local words, last_word, next_word = {}, 0, 1
for word in string.gmatch(sub(question, position), '%S+') do
  last_word = last_word + 1
  words[last_word] = word
end
