-- Find what nobody holds. ARGV: the call {attempts, queue_timeout (ms), every (ms), …}. Returns {put back, failed,
-- found lost, the time}. With `every` it does nothing when one did so that shortly before: workers take turns.
--
-- 1. A lease that ran out: back to the front, or failed when that happened too often or its time is used up. The clock
--    of a job stopped when its lease did, so a service that was down for an hour does not fail what it held.
-- 2. A job past the time by which it must have ended.
-- 3. A job that was never tried and whose host has been left alone for as long as the job may take.
-- 4. A job that is in no queue at all (`rq empty` and the like): back to the queue.

local last = tonumber(redis.call('GET', SWEPT) or '')
if call.every and last and NOW < last + call.every then return { 0, 0, 0, NOW } end
swept()
if redis.call('EXISTS', WIP, ACTIVE, WAITING, HOSTS) == 0 then return { 0, 0, 0, NOW } end
redis.call('SADD', 'rq:queues', QUEUE)  -- should some other tool have struck it out

local MOST = 1000  -- jobs in one call; the next call takes the next
local back, failed, found = 0, 0, 0

local function lease_over(member, ended_at)
  local id, execution = string.match(member, '^(.*):(.*)$')
  redis.call('ZREM', WIP, member)
  local job = read(id)
  if job.status ~= 'running' or job.execution ~= execution then return end
  local left = job.deadline - ended_at * 1000
  lose(job)
  if is_given_up(job) then
    fail_as(job, 'worker_lost')
    failed = failed + 1
  elseif left <= 0 then
    fail_as(job, 'deadline_exceeded')
    failed = failed + 1
  else
    put_back(job, left)
    back = back + 1
  end
end

local over = redis.call('ZRANGE', WIP, '-inf', NOW / 1000, 'BYSCORE', 'LIMIT', 0, MOST, 'WITHSCORES')
for i = 1, #over, 2 do lease_over(over[i], tonumber(over[i + 1])) end
commit()

-- Why a job that is out of time did not end: of one that waits for its host, that is the host's fault.
local function reason(job, otherwise)
  local host = host_of(job)
  local gone = host and (host.since or (host.rest or 0) > NOW) and redis.call('ZSCORE', WAITING, place(job))
  if not gone then return otherwise end
  return host.why == 'robots_unreachable' and host.why or 'host_unavailable'
end

for _, id in ipairs(redis.call('ZRANGE', ACTIVE, '-inf', NOW, 'BYSCORE', 'LIMIT', 0, MOST)) do
  local job = read(id)
  if not job.status or ENDED[job.status] then
    collect('ZREM', ACTIVE, id)
  else
    fail_as(job, reason(job, job.deadline and 'deadline_exceeded' or 'queue_timeout'))
    failed = failed + 1
  end
end
commit()

-- Their clock runs from when the host was left alone, or from when they came, should that be later.
local function give_up(name, host)
  local members = redis.call('ZRANGE', WAITING, '[' .. name .. ' ', '(' .. name .. '!', 'BYLEX', 'LIMIT', 0, MOST - failed)
  for _, member in ipairs(members) do
    local job = read(string.match(member, '%S+$'))
    local ends = math.max(host.since, job.created or 0) + (job.left or job.budget or call.budget)
    if not job.status or ENDED[job.status] then
      collect('ZREM', WAITING, member)
    elseif not job.deadline and ends > NOW then
      return
    elseif not job.deadline then
      fail_as(job, host.why == 'robots_unreachable' and host.why or 'host_unavailable')
      failed = failed + 1
    end
  end
end

local awaited = redis.call('ZRANGE', TURNS, 0, MOST)
meet(awaited)
for _, name in ipairs(awaited) do
  local host = known[name]
  if host and host.since and failed < MOST then give_up(name, host) end
end
commit()

-- Forget hosts of which there is nothing more to know: some at each sweep, from where the last one stopped.
local CURSOR = ''  -- no host has this name
local HOSTS_LIVE = 86400  -- s after the last sweep
if redis.call('EXPIRE', HOSTS, HOSTS_LIVE) == 1 then
  local found = redis.call('HSCAN', HOSTS, redis.call('HGET', HOSTS, CURSOR) or 0, 'COUNT', 500)
  for i = 1, #found[2], 2 do
    local name = found[2][i]
    if name ~= CURSOR then
      local host = cjson.decode(found[2][i + 1])
      host.held = host.held or {}
      if blank(host) then collect('HDEL', HOSTS, name) end
    end
  end
  collect(found[1] == '0' and 'HDEL' or 'HSET', HOSTS, CURSOR, found[1] ~= '0' and found[1] or nil)
  commit()
end
if #awaited == 0 then  -- should it be lost
  for _, member in ipairs(redis.call('ZRANGE', WAITING, 0, MOST)) do waits[string.match(member, '^%S+')] = true end
  commit()
end

local function somewhere()  -- every id that a queue, a set or a lease holds
  local ids = {}
  for _, id in ipairs(redis.call('LRANGE', QUEUE, 0, -1)) do ids[id] = true end
  for _, id in ipairs(redis.call('LRANGE', QUEUE .. ':intermediate', 0, -1)) do ids[id] = true end
  for _, id in ipairs(redis.call('ZRANGE', PARKED, 0, -1)) do ids[id] = true end
  for _, member in ipairs(redis.call('ZRANGE', WAITING, 0, -1)) do ids[string.match(member, '%S+$')] = true end
  for _, member in ipairs(redis.call('ZRANGE', WIP, 0, -1)) do ids[string.match(member, '^(.*):')] = true end
  return ids
end

local held = redis.call('LLEN', QUEUE) + redis.call('ZCARD', PARKED) + redis.call('ZCARD', WIP)
  + redis.call('ZCARD', WAITING)
if redis.call('ZCARD', ACTIVE) > held then  -- a cheap look first: the search costs by the length of the queue
  local ids = somewhere()
  for _, id in ipairs(redis.call('ZRANGE', ACTIVE, 0, -1)) do
    if found >= MOST then break end
    local job = not ids[id] and read(id)
    if job and job.status and not ENDED[job.status] then
      put_back(job, job.deadline and job.deadline - NOW or job.left)
      found = found + 1
    elseif job then
      collect('ZREM', ACTIVE, id)  -- or each sweep would search for it
    end
  end
  commit()
end
return { back, failed, found, NOW }
