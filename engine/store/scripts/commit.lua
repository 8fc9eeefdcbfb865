-- One change, whole or not at all. Everything is checked and the writes are only noted; then all of them are run, and none can fail.
-- KEYS: request, then those of the steps in order. ARGV: body hash, answer, seconds a request id is kept, then the steps: name and arguments.
-- Nothing is computed with amounts here: Lua's numbers are doubles.
local writes, kinds, counts, numbers, key, arg = {}, {}, {}, {}, 1, 3
local call, unpack = redis.call, unpack
local function fail(message) error({err = message}) end
-- asking how large a key is asks for its kind as well: one of another kind is an error, before anything is written
local SIZE = {hash = 'HLEN', list = 'LLEN', zset = 'ZCARD', string = 'STRLEN', stream = 'XLEN'}
local function next_key(kind)
  key = key + 1
  local name = KEYS[key]
  if kind and kinds[name] ~= kind then call(SIZE[kind], name); kinds[name] = kind end
  return name
end
local function next_arg() arg = arg + 1; return ARGV[arg] end
local function note(...) writes[#writes + 1] = {...} end
local function count_of(name)
  local found = counts[name] or redis.call('GET', name) or '0'
  if not string.match(found, '^%d+$') or #found > 15 then fail('ERR ' .. name .. ' is no count') end
  return tonumber(found)
end

local steps = {
  -- a document's next revision: it must still be at the revision that was decided on
  revision = function()
    local name, expected, body = next_key(), next_arg(), next_arg()
    local found = tostring(call('LLEN', name))
    if found ~= expected then return {'STALE', name, found} end
    note('RPUSH', name, body)
  end,
  -- a document that was only read must still be at that revision
  same = function()
    local name, expected = next_key(), next_arg()
    local found = tostring(call('LLEN', name))
    if found ~= expected then return {'STALE', name, found} end
  end,
  -- a list that was read to decide must still be as long
  size = function()
    local name, expected = next_key(), next_arg()
    local found = tostring(call('ZCARD', name))
    if found ~= expected then return {'STALE', name, found} end
  end,
  -- a document's number, the next of its range: none is left out
  number = function()
    local name, counter, form = next_key('hash'), next_key(), next_arg()
    local number = count_of(counter) + 1
    counts[counter] = string.format('%d', number)
    numbers[#numbers + 1] = string.format(form, number)
    note('HSET', name, 'number', numbers[#numbers])
    note('INCR', counter)
  end,
  -- what is personal of a document from this revision on, where it is not what is kept apart already
  personal = function()
    local name, etag, said = next_key('hash'), next_arg(), next_arg()
    if (redis.call('HGET', name, 'now') or '') ~= said then note('HSET', name, etag, said, 'now', said) end
  end,
  field = function() note('HSET', next_key('hash'), next_arg(), next_arg()) end,
  add = function()
    local name, score, member = next_key('zset'), next_arg(), next_arg()
    if not tonumber(score) then fail('ERR ' .. score .. ' is no score') end
    note('ZADD', name, score, member)
  end,
  -- an entry at the end of a list, which a sorted set of lists has by the time it is to be looked at
  queue = function()
    local list, lists, entry, score, member = next_key('list'), next_key('zset'), next_arg(), next_arg(), next_arg()
    if not tonumber(score) then fail('ERR ' .. score .. ' is no score') end
    note('RPUSH', list, entry)
    note('ZADD', lists, 'NX', score, member)
  end,
  drop = function() note('ZREM', next_key('zset'), next_arg()) end,
  put = function() note('SET', next_key('string'), next_arg()) end,
  erase = function() note('DEL', next_key()) end,
  -- a count that has a limit ('': none)
  count = function()
    local name, limit = next_key(), next_arg()
    local number = count_of(name) + 1
    if limit ~= '' and number > tonumber(limit) then return {'LIMIT', name, limit} end
    counts[name] = string.format('%d', number)
    note('INCR', name)
  end,
  -- an amount that is as it was read: what it becomes was worked out from that, exactly
  spend = function()
    local name, expected, after = next_key(), next_arg(), next_arg()
    local found = redis.call('GET', name) or '0'
    if found ~= expected then return {'STALE', name, found} end
    note('SET', name, after)
  end,
  -- a name that one document has and no other
  claim = function()
    local name, owner = next_key(), next_arg()
    local found = redis.call('GET', name)
    if found and found ~= owner then return {'TAKEN', name, found} end
    note('SET', name, owner)
  end,
  -- a version of a book answers from now on: it is put on top of the book's activations, as activate.lua does
  activate = function()
    local version, activations, generation, etag = next_key('string'), next_key('list'), next_key('string'), next_key('string')
    local activation, wanted = next_arg(), next_arg()
    if redis.call('EXISTS', version) == 0 then return {'MISSING', version, ''} end
    count_of(generation)
    count_of(etag)
    local found = redis.call('GET', etag) or '0'
    if wanted ~= '' and wanted ~= found then return {'CHANGED', etag, found} end
    note('RPUSH', activations, activation)
    note('INCR', generation)
    note('INCR', etag)
  end,
  event = function() note('XADD', next_key('stream'), '*', 'event', next_arg()) end,
}

local seen = call('GET', KEYS[1])
if seen then
  local answer, body = string.match(seen, '^([^\n]*)\n(.*)$')
  if body ~= ARGV[1] then return {'CONFLICT', KEYS[1], ''} end
  return {'AGAIN', answer, ''}
end
while arg < #ARGV do
  local refused = steps[next_arg()]()
  if refused then return refused end
end
note('SET', KEYS[1], ARGV[2] .. '\n' .. ARGV[1], 'EX', ARGV[3])
local asked = {}
for i = 1, #writes do
  local command = writes[i][1]
  if not asked[command] then
    if not redis.acl_check_cmd(command, writes[i][2]) then fail('NOPERM this user may not ' .. command) end
    asked[command] = true
  end
end
for i = 1, #writes do call(unpack(writes[i])) end
return {'DONE', ARGV[2], numbers[1] or ''}
