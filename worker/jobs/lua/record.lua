-- Put before every script: the clock, the keys, and the few things that happen to a job.
-- ARGV[1] is the call as JSON: queue, and what the script needs. All times are ms of the server's clock, but
-- the scores of RQ's registry, which are seconds. What concerns many jobs of a call is collected, and done once
-- by commit().

local call = cjson.decode(ARGV[1])
local clock = redis.call('TIME')
local NOW = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)

local QUEUE = 'rq:queue:' .. call.queue    -- list of job ids; RQ's own
local WIP = 'rq:wip:' .. call.queue        -- job:execution by the end of its lease; RQ's started registry
local PARKED = 'pith:parked:' .. call.queue  -- job ids by when they are due
local ACTIVE = 'pith:active:' .. call.queue  -- every job that has not ended, by when it must have

local CHUNK = 4000  -- Lua's unpack takes about 8000 values
local FAILURES = {
  deadline_exceeded = 'The job did not end within its deadline.',
  queue_timeout = 'No worker took the job in time.',
  worker_lost = 'The workers that held the job were lost, as often as it may be tried.',
}
-- These say something of one job, not of its page: who waits for the same page is not answered with them.
local OWN_FAULT = { deadline_exceeded = true, queue_timeout = true, worker_lost = true }
local ENDED = { done = true, failed = true, cancelled = true }
local FIELDS = {
  'status', 'execution', 'attempts', 'deadline', 'left', 'budget', 'created', 'started', 'url', 'batch', 'fp',
  'body', 'page', 'owner', 'request',
}

local function int(number)
  return string.format('%.0f', number)
end

local function key(id)
  return 'pith:job:' .. id
end

local function read(id)
  local values = redis.call('HMGET', key(id), unpack(FIELDS))
  local job = { id = id }
  for i, name in ipairs(FIELDS) do
    job[name] = values[i] or nil
  end
  for _, name in ipairs({ 'attempts', 'deadline', 'left', 'budget', 'created' }) do
    job[name] = tonumber(job[name])
  end
  return job
end

local function failure(code)
  return cjson.encode({ code = code, message = FAILURES[code] })
end

-- What a call collects ---------------------------------------------------------------------------------------

local heap     -- command -> key -> its arguments
local doomed   -- keys to delete
local moves    -- batch -> status -> change of its count
local endings  -- ids that ended
local woken    -- jobs that can be claimed now

local function start_collecting()
  heap, doomed, moves, endings, woken = { ZADD = {}, RPUSH = {}, ZREM = {} }, {}, {}, {}, 0
end
start_collecting()

local function collect(command, where, ...)
  local arguments = heap[command][where] or {}
  heap[command][where] = arguments
  for _, argument in ipairs({ ... }) do
    arguments[#arguments + 1] = argument
  end
end

local function in_chunks(arguments, act)
  for first = 1, #arguments, CHUNK do
    act(unpack(arguments, first, math.min(first + CHUNK - 1, #arguments)))
  end
end

local function move(job, status)
  if job.batch then
    local change = moves[job.batch] or {}
    moves[job.batch] = change
    if job.status then
      change[job.status] = (change[job.status] or 0) - 1
    end
    change[status] = (change[status] or 0) + 1
  end
  job.status = status
end

local function commit_batches()
  for batch, change in pairs(moves) do
    local counts = 'pith:batch:' .. batch
    for status, by in pairs(change) do
      if by ~= 0 then redis.call('HINCRBY', counts, status, by) end
    end
    local open = #endings > 0 and redis.call('HMGET', counts, 'queued', 'running')
    if open and open[1] == '0' and open[2] == '0' then
      redis.call('HSET', counts, 'finished', int(NOW))
      redis.call('EXPIRE', counts, call.ttl)
      redis.call('EXPIRE', counts .. ':ended', call.ttl)
    end
  end
end

local function commit()
  for _, command in ipairs({ 'ZADD', 'RPUSH', 'ZREM' }) do  -- what a job entered and then left, it has left
    for where, arguments in pairs(heap[command]) do
      in_chunks(arguments, function(...) redis.call(command, where, ...) end)
    end
  end
  in_chunks(doomed, function(...) redis.call('DEL', ...) end)
  commit_batches()
  if #endings > 0 then redis.call('PUBLISH', 'pith:ended', table.concat(endings, ' ')) end
  if woken > 0 then redis.call('PUBLISH', 'pith:wake:' .. call.queue, woken) end
  start_collecting()
end

-- What happens to a job --------------------------------------------------------------------------------------

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

local function enqueue(job, front)
  tell_rq(job, 'queued')
  if front then redis.call('LPUSH', QUEUE, job.id) else collect('RPUSH', QUEUE, job.id) end
  woken = woken + 1
end

-- Back to the front of the queue. Its clock stands still while nobody works on it: `left` is what remains.
local function put_back(job, left)
  collect('ZREM', WIP, job.id .. ':' .. (job.execution or ''))
  redis.call('HSET', key(job.id), 'status', 'queued', 'execution', '', 'deadline', '', 'left', left and int(left) or '',
    'attempts', job.attempts)
  job.deadline = nil
  collect('ZADD', ACTIVE, int(NOW + call.queue_timeout), job.id)
  move(job, 'queued')
  enqueue(job, true)
end

local function park(job, due)
  collect('ZADD', PARKED, int(due), job.id)
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
  if job.status == 'running' then collect('ZREM', WIP, job.id .. ':' .. (job.execution or '')) end
  if job.status == 'queued' and job.attempts then collect('ZREM', PARKED, job.id) end
  if job.batch then collect('RPUSH', 'pith:batch:' .. job.batch .. ':ended', job.id) end
  endings[#endings + 1] = job.id
  move(job, status)
end

-- Jobs that asked for the same page while `job` was fetching it: with its answer, or free to go themselves.
local function settle_followers(job, status, answer, page)
  local flight = 'pith:flight:' .. job.fp
  local passengers = redis.call('GET', flight)
  if not passengers or string.match(passengers, '^%S+') ~= job.id then return end
  doomed[#doomed + 1] = flight
  local ended = 0
  for id in string.gmatch(string.sub(passengers, #job.id + 1), '%S+') do
    local follower = read(id)
    if follower.status == 'queued' then
      if answer then
        close(follower, status, 'started', job.started or int(NOW), unpack(answer))
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
