-- Documents as they are, each at one moment: its last revision, its number, what is personal in it.
-- KEYS: of each document its hash, its revisions, what is personal
local made = {}
for i = 1, #KEYS, 3 do
  made[i] = redis.call('LINDEX', KEYS[i + 1], -1)
  made[i + 1] = made[i] and redis.call('HGET', KEYS[i], 'number')
  made[i + 2] = made[i] and redis.call('HGET', KEYS[i + 2], 'now')
end
return made
