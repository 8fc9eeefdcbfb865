-- Note how the first delivery of a lane went. It leaves the lane unless it is to be tried again; nothing is done where another has noted it.
-- KEYS: lane (list), lanes, waiting, ended (zset of those that went well, or of the dead), deliveries, failing (since when nothing went well)
-- ARGV: lane, id, id as it sorts, delivery, how it went (WAITING, DELIVERED or DEAD), when the lane is to be tried next, now,
--       how many ended ones are kept (0: all)
for i, kind in ipairs({'list', 'zset', 'zset', 'zset', 'hash', 'string'}) do
  local found = redis.call('TYPE', KEYS[i]).ok
  if found ~= 'none' and found ~= kind then return redis.error_reply('WRONGTYPE ' .. KEYS[i] .. ' is a ' .. found) end
end
if not tonumber(ARGV[6]) or not tonumber(ARGV[8]) then return redis.error_reply('ERR a time or a number is none') end
if (redis.call('LINDEX', KEYS[1], 0) or '') ~= ARGV[2] then return {'GONE', ''} end
redis.call('HSET', KEYS[5], ARGV[2], ARGV[4])
if ARGV[5] == 'DELIVERED' then redis.call('DEL', KEYS[6]) else redis.call('SET', KEYS[6], ARGV[7], 'NX') end
if ARGV[5] ~= 'WAITING' then
  redis.call('LPOP', KEYS[1])
  redis.call('ZREM', KEYS[3], ARGV[3])
  redis.call('ZADD', KEYS[4], 0, ARGV[3])
  local over = redis.call('ZCARD', KEYS[4]) - tonumber(ARGV[8])
  if ARGV[8] ~= '0' and over > 0 then
    for _, old in ipairs(redis.call('ZRANGE', KEYS[4], 0, over - 1)) do
      redis.call('ZREM', KEYS[4], old)
      local first, second = string.match(old, '^0*(%d+)-0*(%d+)$')
      redis.call('HDEL', KEYS[5], first .. '-' .. second)
    end
  end
end
local head = redis.call('LINDEX', KEYS[1], 0)
if head then redis.call('ZADD', KEYS[2], ARGV[6], ARGV[1]) else redis.call('ZREM', KEYS[2], ARGV[1]) end
return {redis.call('GET', KEYS[6]) or '0', head or ''}
