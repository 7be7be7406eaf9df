-- Put before every script: the clock, the keys, the record, and what a call collects.
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
local OPEN = 'pith:open:' .. call.queue      -- hash: owner -> its jobs that have not ended, of those that count

local CHUNK = 4000  -- Lua's unpack takes about 8000 values
local FAILURES = {
  deadline_exceeded = 'The job did not end within its deadline.',
  queue_timeout = 'No worker took the job in time.',
  worker_lost = 'The workers that held the job were lost, one after the other.',
  host_unavailable = 'The site was left alone because it did not answer, and did not come back within the deadline.',
  robots_unreachable = 'robots.txt of the site could not be read within the deadline, so the page was not fetched.',
}
-- These say something of one job, not of its page: who waits for the same page is not answered with them.
local OWN_FAULT = { deadline_exceeded = true, queue_timeout = true, worker_lost = true }
local ENDED = { done = true, failed = true, cancelled = true }
local FIELDS = {
  'status', 'execution', 'attempts', 'deadline', 'left', 'budget', 'created', 'started', 'url', 'batch', 'fp',
  'body', 'page', 'owner', 'request', 'host', 'index',
  'counted', 'lost',
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
  for _, name in ipairs({ 'attempts', 'deadline', 'left', 'budget', 'created', 'lost' }) do
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
local opens    -- owner -> change of its count in OPEN

local function start_collecting()
  heap = { ZADD = {}, RPUSH = {}, ZREM = {}, HSET = {}, HDEL = {} }
  doomed, moves, endings, woken, opens = {}, {}, {}, 0, {}
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

local function has_ended(counts)
  local open = 0
  for i, count in ipairs(redis.call('HMGET', counts, 'total', 'done', 'failed', 'cancelled')) do
    open = open + (i == 1 and 1 or -1) * (tonumber(count) or 0)
  end
  return open <= 0
end

local function commit_batches()
  for batch, change in pairs(moves) do
    local counts = 'pith:batch:' .. batch
    local running
    for status, by in pairs(change) do
      if by ~= 0 and status ~= 'queued' then  -- those are the rest of the total
        local now = redis.call('HINCRBY', counts, status, by)
        if status == 'running' then running = now end
      end
    end
    if #endings > 0 and (running or 0) == 0 and has_ended(counts) then
      redis.call('HSET', counts, 'finished', int(NOW))
      redis.call('EXPIRE', counts, call.ttl)
      redis.call('EXPIRE', counts .. ':ended', call.ttl)
    end
  end
end

local function count_open(owner, by)
  opens[owner] = (opens[owner] or 0) + by
end

local function commit_open()
  for owner, by in pairs(opens) do
    if redis.call('HINCRBY', OPEN, owner, by) <= 0 then redis.call('HDEL', OPEN, owner) end
  end
end

local function flush(command, where)
  in_chunks(heap[command][where] or {}, function(...) redis.call(command, where, ...) end)
  heap[command][where] = nil
end

-- Who waits for the queue was woken when it was empty: what comes behind others wakes nobody.
local function push()
  local count, length = #(heap.RPUSH[QUEUE] or {}), 0
  in_chunks(heap.RPUSH[QUEUE] or {}, function(...) length = redis.call('RPUSH', QUEUE, ...) end)
  heap.RPUSH[QUEUE] = nil
  if length > count then woken = woken - count end
end

local function flush_doomed()
  in_chunks(doomed, function(...) redis.call('DEL', ...) end)
  doomed = {}
end

local save_hosts  -- in hosts.lua

local function commit()
  save_hosts()
  push()
  for _, command in ipairs({ 'ZADD', 'RPUSH', 'HSET', 'ZREM', 'HDEL' }) do  -- what a job entered and left, it has left
    for where in pairs(heap[command]) do flush(command, where) end
  end
  flush_doomed()
  commit_batches()
  commit_open()
  if #endings > 0 then redis.call('PUBLISH', 'pith:ended', table.concat(endings, ' ')) end
  if woken > 0 then redis.call('PUBLISH', 'pith:wake:' .. call.queue, woken) end
  start_collecting()
end
