-- Take events for a webhook: its cursor moves on, and each event that it wants joins its lane, all or nothing.
-- One that was taken before, and ended, waits anew.
-- KEYS: cursor, lanes (zset by when each is to be tried), waiting, delivered and dead (zsets), deliveries (hash), then the lane (list) of each event
-- ARGV: cursor it must be at, cursor to be at, now, then of each event: lane, id as it sorts, id, delivery
for i, kind in ipairs({'string', 'zset', 'zset', 'zset', 'zset', 'hash'}) do
  local found = redis.call('TYPE', KEYS[i]).ok
  if found ~= 'none' and found ~= kind then return redis.error_reply('WRONGTYPE ' .. KEYS[i] .. ' is a ' .. found) end
end
for i = 7, #KEYS do
  local found = redis.call('TYPE', KEYS[i]).ok
  if found ~= 'none' and found ~= 'list' then return redis.error_reply('WRONGTYPE ' .. KEYS[i] .. ' is a ' .. found) end
end
if not tonumber(ARGV[3]) then return redis.error_reply('ERR ' .. ARGV[3] .. ' is no time') end
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
local writes = {{'SET', KEYS[1], ARGV[2]}}
local function note(...) writes[#writes + 1] = {...} end
for i = 7, #KEYS do
  local at = 4 + (i - 7) * 4
  note('RPUSH', KEYS[i], ARGV[at + 2])
  note('ZADD', KEYS[2], 'NX', ARGV[3], ARGV[at])
  note('ZADD', KEYS[3], 0, ARGV[at + 1])
  for ended = 4, 5 do note('ZREM', KEYS[ended], ARGV[at + 1]) end
  note('HSET', KEYS[6], ARGV[at + 2], ARGV[at + 3])
end
for _, write in ipairs(writes) do
  if not redis.acl_check_cmd(unpack(write)) then return redis.error_reply('NOPERM this user may not ' .. write[1]) end
end
for _, write in ipairs(writes) do redis.call(unpack(write)) end
return 1
