-- Make many jobs, or none. ARGV: the call {owner, batch, limit, quota, idem, digest, …}, then eight values for each job:
-- id, url, request (JSON), fingerprint or '', max_age in ms, its own time limit in ms or '', body or '', host or ''.
-- Returns {'made', now, how many of them were queued}, {'full'}, {'quota'}, {'conflict'} or
-- {'repeated', batch or '', job or ''}.

local WIDTH = 8
local count = (#ARGV - 1) / WIDTH

if call.idem then
  local seen = redis.call('GET', call.idem)
  if seen then
    local first = cjson.decode(seen)
    if redis.call('EXISTS', first.batch and 'pith:batch:' .. first.batch or key(first.job)) == 1 then
      if first.digest ~= call.digest then return { 'conflict' } end
      return { 'repeated', first.batch or '', first.job or '' }
    end
  end
end
if redis.call('EXISTS', key(ARGV[2])) == 1 then return { 'made', int(NOW), 0 } end  -- the client sent this call twice
local active = redis.call('ZCARD', ACTIVE)
if active + count > call.limit then return { 'full' } end
if call.quota then
  if active == 0 then redis.call('DEL', OPEN) end  -- should somebody have deleted records that were counted
  if redis.call('HINCRBY', OPEN, call.owner, count) > call.quota then
    count_open(call.owner, -count)
    commit()
    return { 'quota' }
  end
end

local function stored(fingerprint, max_age)
  if fingerprint == '' or max_age <= 0 then return end
  local latest = redis.call('GET', 'pith:latest:' .. fingerprint)
  latest = latest and cjson.decode(latest)
  if latest and latest.at >= NOW - max_age and latest.at <= NOW and redis.call('EXISTS', 'pith:page:' .. latest.page) == 1 then
    return latest.page
  end
end

local queued = 0

local function make(first, index)
  local id, url, request, fingerprint = ARGV[first], ARGV[first + 1], ARGV[first + 2], ARGV[first + 3]
  local max_age, budget, body, host = tonumber(ARGV[first + 4]), ARGV[first + 5], ARGV[first + 6], ARGV[first + 7]
  local job = { id = id, url = url, created = NOW, batch = call.batch }
  local fields = { 'v', call.v, 'url', url, 'owner', call.owner, 'status', 'queued', 'created', int(NOW),
    'request', request, 'attempts', 0 }
  local function set(name, value)
    fields[#fields + 1] = name
    fields[#fields + 1] = value
  end
  if fingerprint ~= '' then set('fp', fingerprint) end
  if call.batch then
    set('batch', call.batch)
    set('index', index)
  end
  if budget ~= '' then set('budget', budget) end
  if body ~= '' then set('body', 1) end
  if host ~= '' then set('host', host) end
  if call.quota then set('counted', 1) end
  redis.call('HSET', key(id), unpack(fields))
  move(job, 'queued')
  local page = stored(fingerprint, max_age)
  if page then
    close(job, 'done', 'page', page, 'started', int(NOW))
    if call.quota then count_open(call.owner, -1) end
    return share(page, 1)
  end
  if body ~= '' then redis.call('SET', 'pith:body:' .. id, body) end
  collect('ZADD', ACTIVE, must_end(job), id)
  enqueue(job)
  queued = queued + 1
end

if call.batch then
  redis.call('HSET', 'pith:batch:' .. call.batch, 'v', call.v, 'owner', call.owner, 'created', int(NOW), 'total', count,
    'running', 0, 'done', 0, 'failed', 0, 'cancelled', 0)
end
for index = 0, count - 1 do
  make(2 + index * WIDTH, index)
end
if call.idem then
  local first = { digest = call.digest, batch = call.batch, job = not call.batch and ARGV[2] or nil }
  redis.call('SET', call.idem, cjson.encode(first), 'EX', call.ttl)
end
if active == 0 then redis.call('SADD', 'rq:queues', QUEUE) end
commit()
return { 'made', int(NOW), queued }
