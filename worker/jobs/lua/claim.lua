-- Take up to call.count jobs. ARGV: the call {count, token, worker, lease (s), attempts, follow (ms), …}, then the ids
-- to take if the caller knows them (a stock RQ worker runs one job that RQ gave it).
-- Returns {suspended, jobs that wait, ms until the next parked job is due or -1, {{id, execution, attempt, ms left,
-- url, request, body or '', latest or ''}, …}}.

local MOST_LOOKED_AT = 2000      -- ids in one call: followers and leftovers cost a look, but give no job
local LONGEST_FLIGHT = 32 * 1024  -- bytes of ids that wait for one fetch, about 1400 jobs

local taken, looked_at, seen = {}, 0, {}

local function follow(job, flight, passengers)
  if not string.find(passengers, job.id, 1, true) then redis.call('APPEND', flight, ' ' .. job.id) end
  redis.call('HSET', key(job.id), 'status', 'queued', 'deadline', int(job.deadline))
  collect('ZADD', ACTIVE, must_end(job), job.id)
  move(job, 'queued')
  park(job, NOW + call.follow)  -- comes back by itself, should the other never end
end

-- True when another job already fetches the same page, and this one now waits for it.
local function follows(job)
  local flight = 'pith:flight:' .. job.fp
  local lives = int(job.deadline - NOW + call.lease * 1000)
  local passengers = redis.call('SET', flight, job.id, 'NX', 'GET', 'PX', lives)
  local leader = passengers and string.match(passengers, '^%S+')
  if not leader or leader == job.id then return false end
  local status = redis.call('HGET', key(leader), 'status')
  if status and not ENDED[status] and #passengers < LONGEST_FLIGHT then
    follow(job, flight, passengers)
    return true
  end
  if not status or ENDED[status] then redis.call('SET', flight, job.id, 'PX', lives) end
  return false
end

local function start(job)
  local execution = call.token .. '-' .. #taken
  local attempt = job.attempts + 1
  job.started = job.started or int(NOW)
  redis.call('HSET', key(job.id), 'status', 'running', 'execution', execution, 'attempts', attempt,
    'deadline', int(job.deadline), 'started', job.started, 'due', '', 'reason', '')
  tell_rq(job, 'started')
  collect('ZADD', WIP, NOW / 1000 + call.lease, job.id .. ':' .. execution)
  collect('ZADD', ACTIVE, must_end(job), job.id)
  move(job, 'running')
  local body = job.body and redis.call('GET', 'pith:body:' .. job.id)
  local latest = job.fp and redis.call('GET', 'pith:latest:' .. job.fp)
  taken[#taken + 1] = { job.id, execution, attempt, int(job.deadline - NOW), job.url,
    job.request, body or '', latest or '' }
end

-- Somebody holds it, or nobody does any more: RQ's own cleanup puts back what it finds past its lease.
local function held(job)
  if job.status ~= 'running' then return false end
  local lease = redis.call('ZSCORE', WIP, job.id .. ':' .. job.execution)
  return lease and tonumber(lease) > NOW / 1000
end

local function consider(id)
  if seen[id] then return end  -- an id may stand in the queue twice
  seen[id] = true
  local job = read(id)
  if not job.status or ENDED[job.status] then return redis.call('DEL', 'rq:job:' .. id) end
  if held(job) then return end
  if job.status == 'running' then collect('ZREM', WIP, id .. ':' .. job.execution) end
  if job.deadline and job.deadline <= NOW then return fail_as(job, 'deadline_exceeded') end
  if not job.deadline and job.attempts == 0 and job.created + call.queue_timeout <= NOW then
    return fail_as(job, 'queue_timeout')
  end
  if job.attempts >= call.attempts then return fail_as(job, 'worker_lost') end
  job.deadline = job.deadline or NOW + (job.left or job.budget or call.budget)
  if not (job.fp and follows(job)) then start(job) end
end

local function due(count)
  local ids = redis.call('ZRANGE', PARKED, '-inf', NOW, 'BYSCORE', 'LIMIT', 0, count)
  if #ids > 0 then redis.call('ZREM', PARKED, unpack(ids)) end
  return ids
end

local function next_ids(count)
  local ids = due(count)
  if #ids < count then
    for _, id in ipairs(redis.call('LPOP', QUEUE, count - #ids) or {}) do ids[#ids + 1] = id end
  end
  return ids
end

if redis.call('EXISTS', 'rq:suspended') == 1 then return { 1, 0, -1, {} } end
if #ARGV > 1 then
  for i = 2, #ARGV do
    redis.call('ZREM', PARKED, ARGV[i])
    consider(ARGV[i])
  end
else
  while #taken < call.count and looked_at < MOST_LOOKED_AT do
    local wanted = call.count - #taken
    local ids = next_ids(wanted)
    looked_at = looked_at + #ids
    for _, id in ipairs(ids) do consider(id) end
    if #ids < wanted then break end
  end
end
woken = 0
commit()
local soonest = redis.call('ZRANGE', PARKED, 0, 0, 'WITHSCORES')
return { 0, redis.call('LLEN', QUEUE), soonest[2] and math.max(0, tonumber(soonest[2]) - NOW) or -1, taken }
