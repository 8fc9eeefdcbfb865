-- Publish a version of a book, whole or not at all.
-- KEYS: request, books, versions, version, outbox, generation, then one key a file's content
-- ARGV: body hash, answer, book, version id, event, seconds a request id is kept, record, then the contents
-- A script that fails midway keeps what it wrote: so every kind of key is checked first, and whether each write is allowed.
for i, kind in ipairs({'string', 'zset', 'list', 'string', 'stream', 'string'}) do
  local found = redis.call('TYPE', KEYS[i]).ok
  if found ~= 'none' and found ~= kind then return redis.error_reply('WRONGTYPE ' .. KEYS[i] .. ' is a ' .. found) end
end
if not string.match(redis.call('GET', KEYS[6]) or '0', '^%d+$') then return redis.error_reply('ERR ' .. KEYS[6] .. ' is no count') end
for i = 7, #KEYS do
  local found = redis.call('TYPE', KEYS[i]).ok
  if found ~= 'none' and found ~= 'string' then return redis.error_reply('WRONGTYPE ' .. KEYS[i]) end
end
local seen = redis.call('GET', KEYS[1])
if seen then
  local answer, body = string.match(seen, '^([^\n]*)\n(.*)$')
  if body ~= ARGV[1] then return {'CONFLICT', ''} end
  return {'DONE', answer}
end
local writes = {}
local function note(...) writes[#writes + 1] = {...} end
for i = 7, #KEYS do note('SET', KEYS[i], ARGV[i + 1], 'NX') end
if redis.call('EXISTS', KEYS[4]) == 0 then
  note('SET', KEYS[4], ARGV[7])
  if not redis.call('ZSCORE', KEYS[2], ARGV[3]) then
    note('ZADD', KEYS[2], 0, ARGV[3])
    note('INCR', KEYS[6])
  end
  note('LPUSH', KEYS[3], ARGV[4])
  note('XADD', KEYS[5], '*', 'event', ARGV[5])
end
note('SET', KEYS[1], ARGV[2] .. '\n' .. ARGV[1], 'EX', ARGV[6])
for _, write in ipairs(writes) do
  if not redis.acl_check_cmd(unpack(write)) then return redis.error_reply('NOPERM this user may not ' .. write[1]) end
end
for _, write in ipairs(writes) do redis.call(unpack(write)) end
return {'DONE', ARGV[2]}
