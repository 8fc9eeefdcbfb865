-- Note how the first delivery of a lane went. It leaves the lane unless it is to be tried again; nothing is done where another has noted it.
-- KEYS: lane (list), lanes, waiting, ended (zset of those that went well, or of the dead), deliveries, failing (since when nothing went well)
-- ARGV: lane, id, id as it sorts, delivery, how it went (WAITING, DELIVERED or DEAD), when the lane is to be tried next, now,
--       how many ended ones are kept (0: all)
-- All is checked and read first, the writes are only noted; then they are made, and none can fail.
for i, kind in ipairs({'list', 'zset', 'zset', 'zset', 'hash', 'string'}) do
  local found = redis.call('TYPE', KEYS[i]).ok
  if found ~= 'none' and found ~= kind then return redis.error_reply('WRONGTYPE ' .. KEYS[i] .. ' is a ' .. found) end
end
if not tonumber(ARGV[6]) or not tonumber(ARGV[8]) then return redis.error_reply('ERR a time or a number is none') end
if (redis.call('LINDEX', KEYS[1], 0) or '') ~= ARGV[2] then return {'GONE', ''} end
local well, leaves = ARGV[5] == 'DELIVERED', ARGV[5] ~= 'WAITING'
local head = redis.call('LINDEX', KEYS[1], leaves and 1 or 0)
local failing = not well and (redis.call('GET', KEYS[6]) or ARGV[7]) or '0'
if not string.match(failing, '^%d+$') then return redis.error_reply('ERR ' .. KEYS[6] .. ' is no time') end
local writes = {{'HSET', KEYS[5], ARGV[2], ARGV[4]}, well and {'DEL', KEYS[6]} or {'SET', KEYS[6], failing}}
local function note(...) writes[#writes + 1] = {...} end
if leaves then
  note('LPOP', KEYS[1])
  note('ZREM', KEYS[3], ARGV[3])
  note('ZADD', KEYS[4], 0, ARGV[3])
  local over = redis.call('ZCARD', KEYS[4]) + (redis.call('ZSCORE', KEYS[4], ARGV[3]) and 0 or 1) - tonumber(ARGV[8])
  if ARGV[8] ~= '0' and over > 0 then
    local oldest = redis.call('ZRANGE', KEYS[4], 0, over - 1)
    oldest[#oldest + 1] = ARGV[3]
    table.sort(oldest)
    for i = 1, over do
      note('ZREM', KEYS[4], oldest[i])
      local first, second = string.match(oldest[i], '^0*(%d+)-0*(%d+)$')
      note('HDEL', KEYS[5], first .. '-' .. second)
    end
  end
end
if head then note('ZADD', KEYS[2], ARGV[6], ARGV[1]) else note('ZREM', KEYS[2], ARGV[1]) end
for _, write in ipairs(writes) do
  if not redis.acl_check_cmd(unpack(write)) then return redis.error_reply('NOPERM this user may not ' .. write[1]) end
end
for _, write in ipairs(writes) do redis.call(unpack(write)) end
return {failing, head or ''}
