-- The first of a lane that waits to be delivered: its id ('': none), its delivery ('': none is kept), and '' where more is to be looked
-- at. What stands before it and waits no more (it was delivered since, or the webhook was disabled) leaves the lane, and a lane of nothing
-- else goes.
-- KEYS: lane (list), lanes (zset), waiting (zset), deliveries (hash). ARGV: lane, how many are looked at
for i, kind in ipairs({'list', 'zset', 'zset', 'hash'}) do
  local found = redis.call('TYPE', KEYS[i]).ok
  if found ~= 'none' and found ~= kind then return redis.error_reply('WRONGTYPE ' .. KEYS[i] .. ' is a ' .. found) end
end
local function wide(digits) return string.rep('0', 15 - #digits) .. digits end
local past, id, most, found = 0, redis.call('LINDEX', KEYS[1], 0), tonumber(ARGV[2]), false
while id and past < most do
  local first, second = string.match(id, '^(%d+)-(%d+)$')
  if not first then return redis.error_reply('ERR ' .. id .. ' is no id of an event') end
  found = redis.call('ZSCORE', KEYS[3], wide(first) .. '-' .. wide(second))
  if found then break end
  past = past + 1
  id = redis.call('LINDEX', KEYS[1], past)
end
local delivery = found and redis.call('HGET', KEYS[4], id) or ''
local writes = {}
if past > 0 then writes[1] = {'LTRIM', KEYS[1], past, -1} end
if not id then writes[#writes + 1] = {'ZREM', KEYS[2], ARGV[1]} end
for _, write in ipairs(writes) do
  if not redis.acl_check_cmd(unpack(write)) then return redis.error_reply('NOPERM this user may not ' .. write[1]) end
end
for _, write in ipairs(writes) do redis.call(unpack(write)) end
return {found and id or '', delivery, (found or not id) and 'all' or ''}
