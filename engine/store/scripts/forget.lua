-- What was claimed is done: take it off, unless it has become due at another time since.
-- KEYS: due. ARGV: member, until when it was taken
local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
if score and tonumber(score) == tonumber(ARGV[2]) then return redis.call('ZREM', KEYS[1], ARGV[1]) end
return 0
