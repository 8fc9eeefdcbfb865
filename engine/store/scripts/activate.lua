-- Put an activation on top of a book's, or take the last one off.
-- KEYS: request, version (must exist; the book's versions when rolling back), activations, outbox, generation, etag
-- ARGV: body hash, seconds a request id is kept, etag wanted ('' any), activation ('' takes the last one off), event
-- A script that fails midway keeps what it wrote: so every kind of key is checked first, and whether each write is allowed.
local record = ARGV[4] == '' and 'list' or 'string'
for i, kind in ipairs({'string', record, 'list', 'stream', 'string', 'string'}) do
  local found = redis.call('TYPE', KEYS[i]).ok
  if found ~= 'none' and found ~= kind then return redis.error_reply('WRONGTYPE ' .. KEYS[i] .. ' is a ' .. found) end
end
for i = 5, 6 do
  if not string.match(redis.call('GET', KEYS[i]) or '0', '^%d+$') then return redis.error_reply('ERR ' .. KEYS[i] .. ' is no count') end
end
local seen = redis.call('GET', KEYS[1])
if seen then
  local answer, body = string.match(seen, '^([^\n]*)\n(.*)$')
  if body ~= ARGV[1] then return {'CONFLICT', ''} end
  return {'DONE', answer}
end
if redis.call('EXISTS', KEYS[2]) == 0 then return {'NOT_FOUND', ''} end
local etag = redis.call('GET', KEYS[6]) or '0'
if ARGV[3] ~= '' and ARGV[3] ~= etag then return {'STALE', etag} end
if ARGV[4] == '' and redis.call('LLEN', KEYS[3]) < 2 then return {'NOTHING', ''} end
local now = string.format('%d', etag + 1)
local writes = {
  ARGV[4] == '' and {'RPOP', KEYS[3]} or {'RPUSH', KEYS[3], ARGV[4]}, {'INCR', KEYS[5]}, {'XADD', KEYS[4], '*', 'event', ARGV[5]},
  {'INCR', KEYS[6]}, {'SET', KEYS[1], now .. '\n' .. ARGV[1], 'EX', ARGV[2]},
}
for _, write in ipairs(writes) do
  if not redis.acl_check_cmd(unpack(write)) then return redis.error_reply('NOPERM this user may not ' .. write[1]) end
end
for _, write in ipairs(writes) do redis.call(unpack(write)) end
return {'DONE', now}
