-- Take events for a webhook: its cursor moves on, and each event that it wants joins its lane, all or nothing.
-- KEYS: cursor, lanes (zset by when each is to be tried), waiting (zset), deliveries (hash), then the lane (list) of each event
-- ARGV: cursor it must be at, cursor to be at, now, then of each event: lane, id as it sorts, id, delivery
for i, kind in ipairs({'string', 'zset', 'zset', 'hash'}) do
  local found = redis.call('TYPE', KEYS[i]).ok
  if found ~= 'none' and found ~= kind then return redis.error_reply('WRONGTYPE ' .. KEYS[i] .. ' is a ' .. found) end
end
for i = 5, #KEYS do
  local found = redis.call('TYPE', KEYS[i]).ok
  if found ~= 'none' and found ~= 'list' then return redis.error_reply('WRONGTYPE ' .. KEYS[i] .. ' is a ' .. found) end
end
if not tonumber(ARGV[3]) then return redis.error_reply('ERR ' .. ARGV[3] .. ' is no time') end
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
for i = 5, #KEYS do
  local at = 4 + (i - 5) * 4
  redis.call('RPUSH', KEYS[i], ARGV[at + 2])
  redis.call('ZADD', KEYS[2], 'NX', ARGV[3], ARGV[at])
  redis.call('ZADD', KEYS[3], 0, ARGV[at + 1])
  redis.call('HSET', KEYS[4], ARGV[at + 2], ARGV[at + 3])
end
return 1
