-- Keep an API key under an id that is free.
-- KEYS: request, keys, key, outbox
-- ARGV: body hash, seconds a request id is kept, id, record, event
-- A script that fails midway keeps what it wrote: so every kind of key is checked first.
for i, kind in ipairs({'hash', 'zset', 'hash', 'stream'}) do
  local found = redis.call('TYPE', KEYS[i]).ok
  if found ~= 'none' and found ~= kind then return redis.error_reply('WRONGTYPE ' .. KEYS[i] .. ' is a ' .. found) end
end
local seen = redis.call('HMGET', KEYS[1], 'body', 'answer')
if seen[1] then
  if seen[1] ~= ARGV[1] then return {'CONFLICT', ''} end
  return {'DONE', seen[2]}
end
if redis.call('EXISTS', KEYS[3]) == 1 then return {'EXISTS', ''} end
redis.call('HSET', KEYS[3], 'record', ARGV[4], 'revoked', '0', 'etag', '1')
redis.call('ZADD', KEYS[2], 0, ARGV[3])
redis.call('XADD', KEYS[4], '*', 'event', ARGV[5])
redis.call('HSET', KEYS[1], 'body', ARGV[1], 'answer', ARGV[4])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return {'MADE', ARGV[4]}
