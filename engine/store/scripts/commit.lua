-- One change, whole or not at all. Everything is checked and the writes are only noted; then all of them are run, and none can fail.
-- KEYS: request, then those of the steps in order. ARGV: body hash, answer, seconds a request id is kept, then the steps: name and arguments.
-- Nothing is computed with amounts here: Lua's numbers are doubles. A chain of steps rather than a table of functions: the store would
-- make each of those anew in every call.
local call, may, KEYS, ARGV, unpack, tonumber, tostring = redis.call, redis.acl_check_cmd, KEYS, ARGV, unpack, tonumber, tostring
local seen = call('GET', KEYS[1])
if seen then
  local answer, body = string.match(seen, '^([^\n]*)\n(.*)$')
  if body ~= ARGV[1] then return {'CONFLICT', KEYS[1], ''} end
  return {'AGAIN', answer, ''}
end

local writes, noted, kinds, counts, given = {}, 0, {}, {}, ''
local key, arg, last = 1, 3, #ARGV
local function note(write) noted = noted + 1; writes[noted] = write end
local function fail(message) error({err = message}) end
-- asking how large a key is asks for its kind as well: one of another kind is an error, before anything is written
local function must_be(size, name)
  if kinds[name] ~= size then call(size, name); kinds[name] = size end
end
local function count_of(name)
  local found = counts[name] or call('GET', name) or '0'
  if not string.match(found, '^%d+$') or #found > 15 then fail('ERR ' .. name .. ' is no count') end
  return tonumber(found)
end
local function one_more(name)
  counts[name] = string.format('%d', count_of(name) + 1)
  return {'INCR', name}
end
local function score_of(said)
  if not tonumber(said) then fail('ERR ' .. said .. ' is no score') end
  return said
end

while arg < last do
  local step, first, second, name = ARGV[arg + 1], ARGV[arg + 2], ARGV[arg + 3], KEYS[key + 1]
  local write, more -- what it notes; it takes one key and one argument where it says no other
  key, arg = key + 1, arg + 2
  if step == 'revision' then -- a document's next revision: it must still be at the revision that was decided on
    local found = tostring(call('LLEN', name))
    if found ~= first then return {'STALE', name, found} end
    arg = arg + 1
    write = {'RPUSH', name, second}
  elseif step == 'add' then
    must_be('ZCARD', name)
    arg = arg + 1
    write = {'ZADD', name, score_of(first), second}
  elseif step == 'drop' then
    must_be('ZCARD', name)
    write = {'ZREM', name, first}
  elseif step == 'event' then
    must_be('XLEN', name)
    write = {'XADD', name, '*', 'event', first}
  elseif step == 'same' then -- a document that was only read must still be at that revision
    local found = tostring(call('LLEN', name))
    if found ~= first then return {'STALE', name, found} end
  elseif step == 'size' then -- a list that was read to decide must still be as long
    local found = tostring(call('ZCARD', name))
    if found ~= first then return {'STALE', name, found} end
  elseif step == 'number' then -- a document's number, the next of its range: none is left out
    local counter = KEYS[key + 1]
    must_be('HLEN', name)
    key, more = key + 1, one_more(counter)
    local number = string.format(first, tonumber(counts[counter]))
    if given == '' then given = number end
    write = {'HSET', name, 'number', number}
  elseif step == 'personal' then -- what is personal of a document from a revision on, where it is not what is kept apart already
    must_be('HLEN', name)
    arg = arg + 1
    if (call('HGET', name, 'now') or '') ~= second then write = {'HSET', name, first, second, 'now', second} end
  elseif step == 'field' then
    must_be('HLEN', name)
    arg = arg + 1
    write = {'HSET', name, first, second}
  elseif step == 'queue' then -- an entry at the end of a list, which a sorted set of lists has by the time it is to be looked at
    local lists = KEYS[key + 1]
    must_be('LLEN', name)
    must_be('ZCARD', lists)
    key, arg = key + 1, arg + 2
    write, more = {'RPUSH', name, first}, {'ZADD', lists, 'NX', score_of(second), ARGV[arg]}
  elseif step == 'undeliver' then -- what waits to be delivered does no more, and nothing of it is kept
    local kept, from = KEYS[key + 1], 0
    must_be('ZCARD', name)
    must_be('HLEN', kept)
    key, arg = key + 1, arg - 1
    while from < call('ZCARD', name) do
      local ids = call('ZRANGE', name, from, from + 999)
      for i, id in ipairs(ids) do ids[i] = string.gsub(id, '^0*(%d+)%-0*(%d+)$', '%1-%2') end
      note({'HDEL', kept, unpack(ids)})
      from = from + 1000
    end
    write = {'DEL', name}
  elseif step == 'put' then
    must_be('STRLEN', name)
    write = {'SET', name, first}
  elseif step == 'erase' then
    arg = arg - 1
    write = {'DEL', name}
  elseif step == 'count' then -- a count that has a limit ('': none)
    write = one_more(name)
    if first ~= '' and tonumber(counts[name]) > tonumber(first) then return {'LIMIT', name, first} end
  elseif step == 'spend' then -- an amount that is as it was read: what it becomes was worked out from that, exactly
    local found = call('GET', name) or '0'
    if found ~= first then return {'STALE', name, found} end
    arg = arg + 1
    write = {'SET', name, second}
  elseif step == 'claim' then -- a name that one document has and no other
    local found = call('GET', name)
    if found and found ~= first then return {'TAKEN', name, found} end
    write = {'SET', name, first}
  elseif step == 'activate' then -- a version of a book answers from now on: it is put on top of the book's activations, as activate.lua does
    local activations, generation, etag = KEYS[key + 1], KEYS[key + 2], KEYS[key + 3]
    must_be('STRLEN', name)
    must_be('LLEN', activations)
    if call('EXISTS', name) == 0 then return {'MISSING', name, ''} end
    local found = call('GET', etag) or '0'
    if second ~= '' and second ~= found then return {'CHANGED', etag, found} end
    key, arg = key + 3, arg + 1
    note({'RPUSH', activations, first})
    write, more = one_more(generation), one_more(etag)
  else
    fail('ERR ' .. step .. ' is no step')
  end
  if write then note(write) end
  if more then note(more) end
end
note({'SET', KEYS[1], ARGV[2] .. '\n' .. ARGV[1], 'EX', ARGV[3]})

local asked = {}
for i = 1, noted do
  local command = writes[i][1]
  if not asked[command] then
    if not may(command, writes[i][2]) then fail('NOPERM this user may not ' .. command) end
    asked[command] = true
  end
end
for i = 1, noted do call(unpack(writes[i])) end
return {'DONE', ARGV[2], given}
