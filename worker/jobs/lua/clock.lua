-- Put before what workers call: the server's clock may be set, forward or back, while jobs are on their way. Then
-- all times of theirs are told by the new clock, so that nothing runs out early and nothing waits for an hour to come
-- again. `felt` of a call: the time that the server told its worker last, and the ms that have passed since by a clock
-- of the worker's that nobody sets. Where the two are at odds, the worker is told the time and calls again: else a clock
-- that is set there and back between two sweeps would be mended once.
--
-- Forward, the clock jumped if for some worker less time has passed, and no other swept meanwhile: a worker whose
-- machine slept proves nothing while others work. A service that was down has none that could tell: time did pass.
-- Backward, it jumped if the last sweep lies ahead of now.

local SWEPT = 'pith:swept:' .. call.queue  -- when a worker last swept
local SWEPT_FOR = 86400  -- s
local WORKER_LIVES = 15  -- s after its last heartbeat
local JUMP = 5000        -- ms; what is less is as if time had passed, or stood still

local function swept()
  redis.call('SET', SWEPT, int(NOW), 'EX', SWEPT_FOR)
end

local function jumped(last)  -- ms by which the clock was set, 0 if it was not
  local felt = call.felt and NOW - call.felt[1] - call.felt[2] or 0
  local gone = last and NOW - last or felt
  local by = gone < 0 and math.min(felt, gone) or math.max(0, math.min(felt, gone))
  return math.abs(by) > JUMP and by or 0
end

local function past(time, by)  -- one that cannot lie ahead; of a job made since, it was told by the new clock
  if by > 0 then return math.min(time + by, NOW) end
  return time > NOW and time + by or time
end

local KNOWN = { 'created', 'attempts', 'deadline', 'started', 'due', 'batch', 'host', 'index' }

local function mend_job(id, must, by, some_wait)
  local job = { id = id }
  for i, value in ipairs(redis.call('HMGET', key(id), unpack(KNOWN))) do job[KNOWN[i]] = value or nil end
  if not job.created then return end
  job.created = tonumber(job.created)
  local made = past(job.created, by)
  if some_wait and job.host and redis.call('ZREM', WAITING, place(job)) == 1 then
    job.created = made
    collect('ZADD', WAITING, 0, place(job))
  end
  local times = { 'created', int(made) }
  local function tell(name, time) times[#times + 1], times[#times + 2] = name, int(time) end
  local deadline, due = tonumber(job.deadline or ''), tonumber(job.due or '')
  if deadline then tell('deadline', deadline + by) end
  if due then tell('due', due + by) end
  if job.started then tell('started', past(tonumber(job.started), by)) end
  redis.call('HSET', key(id), unpack(times))
  local ends = deadline and deadline + by or job.attempts == '0' and made + call.queue_timeout or must + by
  collect('ZADD', ACTIVE, int(ends), id)
  return job.batch
end

local function mend_jobs(by)
  local batches, jobs = {}, redis.call('ZRANGE', ACTIVE, 0, -1, 'WITHSCORES')
  local some_wait = redis.call('EXISTS', WAITING) == 1
  for i = 1, #jobs, 2 do
    local batch = mend_job(jobs[i], tonumber(jobs[i + 1]), by, some_wait)
    if batch then batches['pith:batch:' .. batch] = true end
  end
  for batch in pairs(batches) do
    local made = redis.call('HGET', batch, 'created')
    if made then redis.call('HSET', batch, 'created', int(past(tonumber(made), by))) end
  end
end

local function mend_set(set, by)
  local found = redis.call('ZRANGE', set, 0, -1, 'WITHSCORES')
  for i = 1, #found, 2 do collect('ZADD', set, tonumber(found[i + 1]) + by, found[i]) end
  flush('ZADD', set)
end

local function mend_hosts(by)
  local found = redis.call('HGETALL', HOSTS)
  for i = 1, #found, 2 do
    local host = cjson.decode(found[i + 1])
    if type(host) == 'table' then  -- the other is the sweep's place
      for _, name in ipairs({ 'next', 'rest', 'since', 'robots', 'free' }) do
        if host[name] then host[name] = host[name] + by end
      end
      for member, till in pairs(host.held or {}) do
        if till ~= 0 then host.held[member] = till + by end
      end
      redis.call('HSET', HOSTS, found[i], cjson.encode(host))
    end
  end
end

local function mend_workers()  -- a dead one must not be taken for alive until the hour comes again
  for _, worker in ipairs(redis.call('SMEMBERS', 'rq:workers:' .. call.queue)) do
    redis.call('EXPIRE', worker, WORKER_LIVES, 'LT')
  end
end

local function mend_clock()
  local by = jumped(tonumber(redis.call('GET', SWEPT) or ''))
  if by == 0 then return end
  mend_jobs(by)
  mend_set(WIP, by / 1000)
  mend_set(PARKED, by)
  mend_set(TURNS, by)
  mend_hosts(by)
  mend_workers()
  commit()
  swept()
end

-- Only when there is a reason to look: one command more.
local agree = call.felt and math.abs(NOW - call.felt[1] - call.felt[2]) <= JUMP
if not agree then mend_clock() end
if call.felt and not agree then return redis.error_reply('CLOCK ' .. int(NOW)) end
