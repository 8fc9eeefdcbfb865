-- Take what is due, for as long as a lease: whoever takes it and dies leaves it to the next.
-- KEYS: due. ARGV: now, until when it is taken, how many at most
local found = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])
for _, member in ipairs(found) do redis.call('ZADD', KEYS[1], 'XX', ARGV[2], member) end
return found
