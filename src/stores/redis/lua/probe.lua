-- Proves that the script can do its work on this server, for this user: the operation `probe`.

-- Writes the key first: what a server refuses for want of memory it lets pass once a script has
-- written. Then tries every other command that the script may call, in a form that changes nothing.
-- Fails with the names of the commands that the user may not run (LACKS) or that the server does not
-- know (UNKNOWN); else with what the server says itself.
local function probe(name)
  local find, lacks, unknown = string.find, '', ''

  local function try(command, ...)
    local value = plain_pcall(command, ...)
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
