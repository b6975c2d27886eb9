-- The operation `probe`: checks that the script can run on this server with the rights of this user.

-- Writes the key first, because a server out of memory refuses only the first write of a script. Then
-- tries every other command that the script may call, in a form that changes nothing. Fails with the
-- names of the commands that the user may not run (LACKS) or that the server does not know (UNKNOWN);
-- else with the server's own error.
local function probe(name)
  local find, lacks, unknown = string.find, '', ''

  local function try(command, ...)
    local value = raw_pcall(command, ...)
    local problem = type(value) == 'table' and value.err
    if not problem or find(problem, 'WRONGTYPE', 1, true) then
      return
    end
    local is_forbidden = find(problem, "can't run this command", 1, true)
      or find(problem, 'permissions to run', 1, true)
    if is_forbidden then
      lacks = lacks .. ' ' .. command
    elseif find(problem, '[Uu]nknown') then
      unknown = unknown .. ' ' .. command
    else
      call(command, ...)
    end
  end

  try('SET', name, '', 'PX', 1000)
  try('DEL', name)
  try('TIME')
  try('GET', name)
  try('GETRANGE', name, 0, 0)
  try('SETRANGE', name, 0, '')
  try('PEXPIRE', name, 1000)
  try('ZADD', name, 'XX', 0, '-')
  try('ZCARD', name)
  try('ZCOUNT', name, 0, 0)
  try('ZRANGE', name, 0, 0)
  try('ZREM', name, '-')
  try('ZREMRANGEBYSCORE', name, 0, 0)
  try('ZSCORE', name, '-')
  if lacks ~= '' then
    error('RATE_SYNC_LACKS' .. lacks .. '.')
  elseif unknown ~= '' then
    error('RATE_SYNC_UNKNOWN' .. unknown .. '.')
  end
end
