-- Put before every script: what happens to a job.
-- RQ's own hash, whole each time, so that it is right whoever deleted it: `rq` and dashboards read it, a stock
-- worker can run it, and with retries left RQ's registry cleanup requeues it instead of failing it.
local function tell_rq(job, status)
  redis.call('HSET', 'rq:job:' .. job.id, 'status', status, 'origin', call.queue,
    'data', '["worker.runner.single.run",null,["' .. job.id .. '"],{}]', 'description', string.sub(job.url, 1, 64),
    'created_at', call.iso, 'enqueued_at', call.iso, 'started_at', status == 'started' and call.iso or '',
    'last_heartbeat', call.iso, 'worker_name', call.worker or '', 'timeout', call.rq_timeout, 'result_ttl', 0,
    'failure_ttl', call.ttl, 'retries_left', 1000000, 'enqueue_at_front_on_retry', 1)
end

local function must_end(job)  -- the time by which it must have ended, for the sweep
  return int(job.deadline or job.created + call.queue_timeout)
end

-- It is no longer held: its lease and its slot at its host are free.
local function let_go(job)
  collect('ZREM', WIP, job.id .. ':' .. (job.execution or ''))
  leave(job)
end

local function enqueue(job, front)
  tell_rq(job, 'queued')
  if front then redis.call('LPUSH', QUEUE, job.id) else collect('RPUSH', QUEUE, job.id) end
  woken = woken + 1
end

local parked_in = math.huge  -- ms until the first of those that this call parks is due

local function park(job, due)
  parked_in = math.min(parked_in, math.max(0, due - NOW))
  collect('ZADD', PARKED, int(due), job.id)
end

-- Back to the front of the queue. Its clock stands still while nobody works on it: `left` is what remains.
local function put_back(job, left)
  let_go(job)
  redis.call('HSET', key(job.id), 'status', 'queued', 'execution', '', 'deadline', '', 'left', left and int(left) or '',
    'attempts', job.attempts)
  job.deadline = nil
  collect('ZADD', ACTIVE, job.attempts > 0 and int(NOW + call.queue_timeout) or must_end(job), job.id)
  move(job, 'queued')
  local host = host_of(job)
  if host and host.waits then
    tell_rq(job, 'queued')
    return wait(job)  -- in front of those that came later
  end
  enqueue(job, true)
end

-- Back as it was, the attempt uncounted.
local function give_back(job)
  job.attempts = job.attempts - 1
  put_back(job, job.attempts > 0 and job.deadline - NOW or nil)
end

-- Its lease ran out: its worker is gone, or was away for too long. That says little of the page, so it counts by itself.
local function lose(job)
  job.lost = (job.lost or 0) + 1
  redis.call('HSET', key(job.id), 'lost', job.lost)
end

local function is_given_up(job)
  local lost = job.lost or 0
  return lost >= call.losses or job.attempts - lost >= call.attempts
end

local function share(page, jobs)  -- `jobs` more jobs show this page: its keys live as long as the last of them
  redis.call('INCRBY', 'pith:shared:' .. page, jobs)
  redis.call('EXPIRE', 'pith:shared:' .. page, call.ttl)
  redis.call('EXPIRE', 'pith:page:' .. page, call.ttl, 'GT')
end

local function close(job, status, ...)
  redis.call('HSET', key(job.id), 'status', status, 'finished', int(NOW), ...)
  redis.call('EXPIRE', key(job.id), call.ttl)
  if not call.stock then doomed[#doomed + 1] = 'rq:job:' .. job.id end
  if job.body then doomed[#doomed + 1] = 'pith:body:' .. job.id end
  collect('ZREM', ACTIVE, job.id)
  if job.counted then count_open(job.owner, -1) end
  if job.status == 'running' then let_go(job) end
  if job.status == 'queued' and job.attempts then
    collect('ZREM', PARKED, job.id)
    if job.host then collect('ZREM', WAITING, place(job)) end
  end
  if job.batch then collect('RPUSH', 'pith:batch:' .. job.batch .. ':ended', job.id) end
  endings[#endings + 1] = job.id
  move(job, status)
end

local flights = {}  -- fingerprint -> what stands in its flight, where that was read for many jobs at once

-- Jobs that asked for the same page while `job` was fetching it: with its answer, or free to go themselves.
local function settle_followers(job, status, answer, page)
  local flight = 'pith:flight:' .. job.fp
  local passengers = flights[job.fp]
  if passengers == nil then passengers = redis.call('GET', flight) end
  if not passengers or string.match(passengers, '^%S+') ~= job.id then return end
  doomed[#doomed + 1] = flight
  local ended = 0
  for id in string.gmatch(string.sub(passengers, #job.id + 1), '%S+') do
    local follower = read(id)
    if follower.status == 'queued' then
      if answer then
        local started = math.max(tonumber(job.started) or NOW, follower.created)  -- it may have come in mid-flight
        close(follower, status, 'started', int(started), unpack(answer))
        ended = ended + 1
      elseif redis.call('ZSCORE', PARKED, id) then
        park(follower, NOW)
        woken = woken + 1
      end
    end
  end
  if page and ended > 0 then share(page, ended) end
end

local function fail(job, error, code)
  close(job, 'failed', 'error', error)
  if job.fp then settle_followers(job, 'failed', not OWN_FAULT[code] and { 'error', error } or nil) end
end

local function fail_as(job, code)
  fail(job, failure(code), code)
end
