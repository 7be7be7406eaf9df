-- A token bucket that needs one number (GCRA): when it will be full again. KEYS[1]: the owner's; ARGV: tokens it
-- holds, ms in which it fills. Takes one token if there is one.
-- Returns {1 if one was taken, tokens left, ms until there is one more}.

local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + tonumber(clock[2]) / 1000
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local each = window / limit
local known = tonumber(redis.call('GET', KEYS[1]) or 0)
local full = math.max(math.min(known, now + window), now)  -- further ahead it lies only if the clock was set back
local wait = full + each - window - now
if wait > 0 then return { 0, 0, math.ceil(wait) } end
full = full + each
redis.call('SET', KEYS[1], string.format('%.3f', full), 'PX', math.ceil(full - now))
local left = math.floor((now + window - full) / each + 1e-6)
return { 1, left, math.ceil(full - now - (limit - left - 1) * each) }
