-- What became of claimed jobs: five values for each: what ('done', 'same', 'failed', 'again', 'back'), id, execution,
-- facts (JSON), page or ''. 'same' is a 304: the known page facts.page stands. 'back': its turn did not come. facts.host
-- is what the attempt learnt of its host, see hear(); with facts.uncounted it was none.
-- Only the first end of a job counts; a page counts from whoever brings it, all else only from who holds the job.

local WIDTH = 5
local ended_here = {}

local function remember(job, page, facts)
  if not job.fp then return end
  local latest = { page = page, at = NOW, url = facts.url, etag = facts.etag, modified = facts.modified }
  redis.call('SET', 'pith:latest:' .. job.fp, cjson.encode(latest), 'EX', call.ttl)
end

local function done(job, page, facts)
  remember(job, page, facts)
  close(job, 'done', 'page', page)
  if job.fp then settle_followers(job, 'done', { 'page', page }, page) end
  return 1
end

local act = {}

function act.done(job, facts, page)
  redis.call('SET', 'pith:page:' .. job.id, page, 'EX', call.ttl)
  return done(job, job.id, facts)
end

function act.same(job, facts)
  if redis.call('EXISTS', 'pith:page:' .. facts.page) == 1 then
    share(facts.page, 1)
    return done(job, facts.page, facts)
  end
  if job.fp then redis.call('DEL', 'pith:latest:' .. job.fp) end  -- the copy is gone: fetch it whole
  job.attempts = job.attempts - 1
  put_back(job, job.deadline - NOW)
  return 0
end

function act.failed(job, facts)
  fail(job, cjson.encode({ code = facts.code, message = facts.message }), facts.code)
  return 1
end

function act.again(job, facts)
  local due = NOW + facts.delay
  redis.call('HSET', key(job.id), 'status', 'queued', 'execution', '', 'due', int(due),
    'attempts', job.attempts - (facts.uncounted and 1 or 0),
    'reason', cjson.encode({ code = facts.code, message = facts.message }))
  let_go(job)
  tell_rq(job, 'scheduled')
  park(job, due)
  move(job, 'queued')
  return 1
end

function act.back(job)
  give_back(job)
  return 1
end

local function finish(job, what, execution, facts, page)
  if ended_here[job.id] or job.status ~= 'running' then job = read(job.id) end  -- this very call may have ended it
  ended_here[job.id] = true
  local holds = job.status == 'running' and job.execution == execution
  local open = job.status and not ENDED[job.status]
  local host = holds and facts.host and host_of(job)
  if host then hear(host, facts.host) end
  return open and (holds or what == 'done') and act[what](job, facts, page) or 0
end

local function meet_flights(jobs)
  local keys, prints = {}, {}
  for _, job in ipairs(jobs) do
    if job.fp then
      keys[#keys + 1], prints[#prints + 1] = 'pith:flight:' .. job.fp, job.fp
    end
  end
  local found = #keys > 0 and redis.call('MGET', unpack(keys)) or {}
  for i, passengers in ipairs(found) do flights[prints[i]] = passengers end
end

-- The outcomes that stand in ARGV from 2 on. Returns for each 1 when it counted, else 0.
local function finish_all(count)
  local jobs, counted = {}, {}
  for i = 1, count do jobs[i] = read(ARGV[2 + (i - 1) * WIDTH + 1]) end
  meet_all(jobs)
  meet_flights(jobs)
  for i, job in ipairs(jobs) do
    local first = 2 + (i - 1) * WIDTH
    counted[i] = finish(job, ARGV[first], ARGV[first + 2], cjson.decode(ARGV[first + 3]), ARGV[first + 4])
  end
  flights = {}
  return counted
end
