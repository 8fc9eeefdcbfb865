-- Keep a tenant's events up to one no more: a file has them, and every webhook that keeps its place has taken and delivered them.
-- KEYS: outbox, cut, lists (zset) of the webhooks that are enabled and that are paused, then of each: cursor, waiting (zset), dead (zset)
-- ARGV: the cut as it was and as it is to be, the last event that goes, that id as deliveries sort, the event that tells of it,
--   '' where dead deliveries of them may go, then the ids of the webhooks of both lists, each list's joined by blanks
local head, each = {'stream', 'string', 'zset', 'zset'}, {'string', 'zset', 'zset'}
for i, key in ipairs(KEYS) do
  local found, kind = redis.call('TYPE', key).ok, head[i] or each[(i - 5) % 3 + 1]
  if found ~= 'none' and found ~= kind then return redis.error_reply('WRONGTYPE ' .. key .. ' is a ' .. found) end
end
local found, last = redis.call('GET', KEYS[2]) or '', ARGV[3]
if found == ARGV[2] then return {'DONE', ''} end  -- a retry of the connection's
if found ~= ARGV[1] then return {'MOVED', KEYS[2]} end
for i = 3, 4 do
  if table.concat(redis.call('ZRANGE', KEYS[i], 0, -1), ' ') ~= ARGV[i + 4] then return {'MOVED', KEYS[i]} end
end
local function has(key) return #redis.call('ZRANGEBYLEX', key, '-', '[' .. ARGV[4], 'LIMIT', 0, 1) > 0 end
for i = 5, #KEYS, 3 do
  local cursor = redis.call('GET', KEYS[i]) or '0'
  if #redis.call('XRANGE', KEYS[1], '(' .. cursor, last, 'COUNT', 1) > 0 then return {'WAITING', KEYS[i]} end
  if has(KEYS[i + 1]) then return {'WAITING', KEYS[i + 1]} end
  if ARGV[6] ~= '' and has(KEYS[i + 2]) then return {'DEAD', KEYS[i + 2]} end
end
local writes = {
  {'XADD', KEYS[1], '*', 'event', ARGV[5]},
  {'SET', KEYS[2], ARGV[2]},
  {'XTRIM', KEYS[1], 'MINID', '=', last},
  {'XDEL', KEYS[1], last},
}
for _, write in ipairs(writes) do
  if not redis.acl_check_cmd(unpack(write)) then return redis.error_reply('NOPERM this user may not ' .. write[1]) end
end
for _, write in ipairs(writes) do redis.call(unpack(write)) end
return {'DONE', ''}
