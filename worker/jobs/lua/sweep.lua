-- Find what nobody holds. ARGV: the call {attempts, queue_timeout (ms), …}. Returns {put back, failed, found lost}.
--
-- 1. A lease that ran out: back to the front, or failed when its attempts or its time are used up. The clock of a job
--    stopped when its lease did, so a service that was down for an hour does not fail what it held.
-- 2. A job past the time by which it must have ended.
-- 3. A job that is in no queue at all (`rq empty` and the like): back to the queue.

local MOST = 1000  -- jobs in one call; the next call takes the next
local back, failed, found = 0, 0, 0

local function lease_over(member, ended_at)
  local id, execution = string.match(member, '^(.*):(.*)$')
  redis.call('ZREM', WIP, member)
  local job = read(id)
  if job.status ~= 'running' or job.execution ~= execution then return end
  local left = job.deadline - ended_at * 1000
  if job.attempts >= call.attempts then
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

for _, id in ipairs(redis.call('ZRANGE', ACTIVE, '-inf', NOW, 'BYSCORE', 'LIMIT', 0, MOST)) do
  local job = read(id)
  if not job.status or ENDED[job.status] then
    collect('ZREM', ACTIVE, id)
  else
    fail_as(job, job.deadline and 'deadline_exceeded' or 'queue_timeout')
    failed = failed + 1
  end
end
commit()

local function known()  -- every id that a queue, the parked set or a lease holds
  local ids = {}
  for _, id in ipairs(redis.call('LRANGE', QUEUE, 0, -1)) do ids[id] = true end
  for _, id in ipairs(redis.call('LRANGE', QUEUE .. ':intermediate', 0, -1)) do ids[id] = true end
  for _, id in ipairs(redis.call('ZRANGE', PARKED, 0, -1)) do ids[id] = true end
  for _, member in ipairs(redis.call('ZRANGE', WIP, 0, -1)) do ids[string.match(member, '^(.*):')] = true end
  return ids
end

local held = redis.call('LLEN', QUEUE) + redis.call('ZCARD', PARKED) + redis.call('ZCARD', WIP)
if redis.call('ZCARD', ACTIVE) > held then  -- a cheap look first: the search costs by the length of the queue
  local ids = known()
  for _, id in ipairs(redis.call('ZRANGE', ACTIVE, 0, -1)) do
    if found >= MOST then break end
    local job = not ids[id] and read(id)
    if job and job.status and not ENDED[job.status] then
      put_back(job, job.deadline and job.deadline - NOW)
      found = found + 1
    end
  end
  commit()
end
return { back, failed, found }
