-- Take an API key back for good.
-- KEYS: request, key, outbox
-- ARGV: body hash, seconds a request id is kept, etag wanted ('' any), when, event
-- A script that fails midway keeps what it wrote: so every kind of key is checked first.
for i, kind in ipairs({'hash', 'hash', 'stream'}) do
  local found = redis.call('TYPE', KEYS[i]).ok
  if found ~= 'none' and found ~= kind then return redis.error_reply('WRONGTYPE ' .. KEYS[i] .. ' is a ' .. found) end
end
local seen = redis.call('HMGET', KEYS[1], 'body', 'answer')
if seen[1] then
  if seen[1] ~= ARGV[1] then return {'CONFLICT', ''} end
  return {'DONE', seen[2]}
end
local key = redis.call('HMGET', KEYS[2], 'revoked', 'etag')
if not key[1] then return {'NOT_FOUND', ''} end
if ARGV[3] ~= '' and ARGV[3] ~= key[2] then return {'STALE', key[2]} end
if key[1] ~= '0' then return {'REVOKED', key[2]} end
redis.call('HSET', KEYS[2], 'revoked', ARGV[4], 'etag', '2')
redis.call('XADD', KEYS[3], '*', 'event', ARGV[5])
redis.call('HSET', KEYS[1], 'body', ARGV[1], 'answer', '2')
redis.call('EXPIRE', KEYS[1], ARGV[2])
return {'DONE', '2'}
