-- What became of claimed jobs. ARGV: the call, then five values for each: what ('done', 'same', 'failed', 'again'),
-- id, execution, facts (JSON), page or ''. 'same' is a 304: the known page facts.page stands.
-- Only the first end of a job counts; a page counts from whoever brings it, all else only from who holds the job.
-- Returns for each 1 when it counted, else 0.

local WIDTH = 5
local counted = {}

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
  fail(job, cjson.encode(facts), facts.code)
  return 1
end

function act.again(job, facts)
  local due = NOW + facts.delay
  redis.call('HSET', key(job.id), 'status', 'queued', 'execution', '', 'due', int(due),
    'reason', cjson.encode({ code = facts.code, message = facts.message }))
  collect('ZREM', WIP, job.id .. ':' .. job.execution)
  tell_rq(job, 'scheduled')
  park(job, due)
  move(job, 'queued')
  return 1
end

for first = 2, #ARGV, WIDTH do
  local what, id, execution = ARGV[first], ARGV[first + 1], ARGV[first + 2]
  local job = read(id)
  local holds = job.status == 'running' and job.execution == execution
  local open = job.status and not ENDED[job.status]
  if open and (holds or what == 'done') then
    counted[#counted + 1] = act[what](job, cjson.decode(ARGV[first + 3]), ARGV[first + 4])
  else
    counted[#counted + 1] = 0
  end
end
commit()
return counted
