-- Take up to call.count jobs: {count, token, worker, lease (s), attempts, follow (ms), …}, or those whose ids the
-- caller knows (a stock RQ worker runs one job that RQ gave it). `flying` says how many jobs of each host the worker
-- has in flight, `share` from how many on a host makes way for others; `held` and `worst` are suspects.lua's. A row for each:
--   {id, execution, attempt, ms left from its turn on, url, request, body or '', latest or '', host or '',
--    1 if it is of a batch, its turn, how many of its attempts were lost with their worker}
-- A turn is {ms until it comes, ms by which it may be late, ms between two of its host, how many of them may be in
-- flight or 0, 1 if more of them wait}, or {} where no manners are needed.
--
-- Parked jobs that are due go first, then hosts whose turn it is, then the queue. A job whose host has no turn
-- moves to WAITING, once: it does not hold up those behind it. What is then left of the slots any host may have.
-- `bytes` is how much of bodies the worker has room for: it is filled, one may reach beyond, and the next such job goes
-- back to the front, where the worker looks again when one has ended.

local MOST_LOOKED_AT = 2000      -- ids in one call: followers and leftovers cost a look, but give no job
local SPARE_HOSTS = 16           -- looked at beside those that can be served: some have too many in flight
local LONGEST_FLIGHT = 32 * 1024  -- bytes of ids that wait for one fetch, about 1400 jobs

local taken, latest_of, looked_at, seen = {}, {}, 0, {}
local passed_over = false  -- a job made way for those of other hosts
local flying = call.flying or {}
local bytes = call.bytes or math.huge  -- of bodies that may still be taken
local kept_back = {}  -- jobs that found no room, to the front of the queue

local function is_crowded(name)
  return name and call.share and (flying[name] or 0) >= call.share
end

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
  local host = host_of(job)
  local wait, late = 0, 0
  if host then wait, late = enter(host, job.id .. ':' .. execution) end
  job.deadline = job.deadline + wait
  job.started = job.started or int(NOW)
  redis.call('HSET', key(job.id), 'status', 'running', 'execution', execution, 'attempts', attempt,
    'deadline', int(job.deadline), 'started', job.started, 'due', '', 'reason', '')
  if job.host then flying[job.host] = (flying[job.host] or 0) + 1 end
  tell_rq(job, 'started')
  collect('ZADD', WIP, NOW / 1000 + call.lease, job.id .. ':' .. execution)
  collect('ZADD', ACTIVE, must_end(job), job.id)
  move(job, 'running')
  local body = job.body and redis.call('GET', 'pith:body:' .. job.id)
  if body then bytes = bytes - #body end
  latest_of[#taken + 1] = job.fp
  taken[#taken + 1] = { job.id, execution, attempt, int(job.deadline - NOW - wait), job.url,
    job.request, body or '', '', job.host or '', job.batch and 1 or 0,
    host and { int(wait), int(late), int(gap(host)), limit(host) < math.huge and limit(host) or 0, 0 } or {}, job.lost or 0 }
  hold(job)
end

local LATEST, HOST, TURN, AWAITED = 8, 9, 11, 5  -- places in a row, and in its turn

-- What is known of a row only when all have been taken.
local function fill_rows()
  local keys, rows = {}, {}
  for i, row in ipairs(taken) do
    local host = known[row[HOST]]
    if host and row[TURN][1] and (waits[host.name] or (waits[host.name] == nil and host.waits)) then
      row[TURN][AWAITED] = 1
    end
    if latest_of[i] then
      keys[#keys + 1], rows[#rows + 1] = 'pith:latest:' .. latest_of[i], row
    end
  end
  local found = #keys > 0 and redis.call('MGET', unpack(keys)) or {}
  for i, latest in ipairs(found) do rows[i][LATEST] = latest or '' end
end

-- Somebody holds it, or nobody does any more: RQ's own cleanup puts back what it finds past its lease.
local function held(job)
  if job.status ~= 'running' then return false end
  local lease = redis.call('ZSCORE', WIP, job.id .. ':' .. job.execution)
  return lease and tonumber(lease) > NOW / 1000
end

-- The job, if it may be claimed as far as it is concerned itself.
local function open(id)
  if seen[id] then return end  -- an id may stand in the queue twice
  seen[id] = true
  local job = read(id)
  if not job.status or ENDED[job.status] then
    redis.call('DEL', 'rq:job:' .. id)
    return
  end
  if held(job) then return end
  if job.status == 'running' then
    lose(job)
    let_go(job)
    redis.call('HSET', key(id), 'status', 'queued', 'execution', '')
    move(job, 'queued')
  end
  local time = job.deadline and job.deadline - NOW or job.left  -- it may have run out while a worker that stops held it
  if time and time <= 0 then return fail_as(job, 'deadline_exceeded') end
  if not job.deadline and job.attempts == 0 and job.created + call.queue_timeout <= NOW then
    return fail_as(job, 'queue_timeout')
  end
  if is_given_up(job) then return fail_as(job, 'worker_lost') end
  return job
end

-- It may not go beside what the worker holds, and what comes behind it must not fill the room that it waits for.
local function hold_back(job)
  left = 0
  if is_suspect(job) then return park(job, job.created) end
  kept_back[#kept_back + 1] = job
end

local function consider(job, anybody)
  if job.body and bytes <= 0 then
    kept_back[#kept_back + 1] = job
    return
  end
  local host = host_of(job)
  local makes_way = is_crowded(job.host) and not anybody
  if (host and room(host) <= 0) or makes_way then
    passed_over = passed_over or makes_way
    seen[job.id] = nil
    return wait(job)
  end
  if not fits(job) then return hold_back(job) end
  job.deadline = job.deadline or NOW + (job.left or job.budget or call.budget)
  if not (job.fp and follows(job)) then start(job) end
end

local function consider_all(ids, anybody)
  local jobs = {}
  looked_at = looked_at + #ids
  for _, id in ipairs(ids) do jobs[#jobs + 1] = open(id) end
  flush_doomed()  -- the flight of one that is out of time must not be taken for that of one that goes now
  meet_all(jobs)
  for _, job in ipairs(jobs) do consider(job, anybody) end
end

-- The first of a sorted set by time: the names that are due, the ms until the next, 0 when all these are, and whether
-- there are any.
local function look(set, most)
  local found, names = redis.call('ZRANGE', set, 0, most, 'WITHSCORES'), {}
  for i = 1, #found, 2 do
    local score = tonumber(found[i + 1])
    if score > NOW then return names, score - NOW, true end
    names[#names + 1] = found[i]
  end
  return names, #names > most and 0 or math.huge, #names > 0
end

local function most_for(name, anybody)
  local most = math.min(left, room(known[name]))
  return anybody and most or math.min(most, (call.share or math.huge) - (flying[name] or 0))
end

local served = {}

-- Jobs that waited for this host, as many as may go.
local function serve(name, anybody)
  waits[name] = true
  if known[name] then changed[name] = true end  -- its turn was now: say when the next is
  local most = most_for(name, anybody)
  while most > 0 and looked_at < MOST_LOOKED_AT do
    if served[name] then flush('ZREM', WAITING) end  -- here again: those of the last round are still there
    served[name] = true
    local members = redis.call('ZRANGE', WAITING, '[' .. name .. ' ', '(' .. name .. '!', 'BYLEX', 'LIMIT', 0, most)
    local ids = {}
    for i, member in ipairs(members) do
      ids[i] = string.match(member, '%S+$')
      collect('ZREM', WAITING, member)
    end
    consider_all(ids, anybody)
    if #members < most then
      waits[name] = false
      return
    end
    most = most_for(name, anybody)
  end
  passed_over = passed_over or is_crowded(name)
end

local function serve_hosts(names, anybody)
  meet(names)
  for _, name in ipairs(names) do
    if left <= 0 then break end
    if anybody or not is_crowded(name) then serve(name, anybody) else passed_over = true end
  end
  flush('ZREM', WAITING)  -- before what has to wait again comes back
end

local function put_kept_back()
  for i = #kept_back, 1, -1 do  -- from the last, so that the oldest ends up first
    local job = kept_back[i]
    put_back(job, job.deadline and job.deadline - NOW or job.left)
  end
end

-- Returns whether the queue is known to be empty.
local function serve_queue()
  while left > 0 and looked_at < MOST_LOOKED_AT and #kept_back == 0 do
    local wanted = left
    local ids = redis.call('LPOP', QUEUE, wanted) or {}
    consider_all(ids)
    if #ids < wanted then return #kept_back == 0 end
  end
  return false
end

local SUSPENDED = { 1, 0, -1, {} }
local SATED = { 0, 1, -1, taken }  -- it may not hold more beside a suspect: it asks again when one of its own ends

local function claim_known(ids)
  redis.call('ZREM', PARKED, unpack(ids))
  consider_all(ids, true)
end

-- With hosts that this very call freed.
local function with_freed(names)
  local listed = {}
  for _, name in ipairs(names) do listed[name] = true end
  for name in pairs(changed) do
    local host = known[name]
    if host.waits and not listed[name] and turn(host) <= NOW then names[#names + 1] = name end
  end
  return names
end

local function claim_any()
  local some = redis.call('EXISTS', 'rq:suspended', PARKED, TURNS)  -- most often none of them is there
  local parked, next_parked, parked_kept, hosts, _ = {}, math.huge, false, {}, nil
  if some > 0 then
    hosts, _, turns_kept = look(TURNS, call.count + SPARE_HOSTS)
    some = some - (turns_kept and 1 or 0)
  end
  if some > 0 then
    parked, next_parked, parked_kept = look(PARKED, left - 1)
    some = some - (parked_kept and 1 or 0)
  end
  if some > 0 then return nil end
  if #parked > 0 then redis.call('ZREM', PARKED, unpack(parked)) end
  consider_all(parked)
  serve_hosts(with_freed(hosts))
  local empty = serve_queue()
  if left > 0 and looked_at < MOST_LOOKED_AT and passed_over then
    save_hosts()
    flush('ZADD', WAITING)
    serve_hosts((look(TURNS, call.count + SPARE_HOSTS)), true)
  end
  return empty, next_parked
end

local function turns_in()  -- ms until the next host's turn
  local first = turns_kept and redis.call('ZRANGE', TURNS, 0, 0, 'WITHSCORES') or {}
  return first[2] and math.max(0, tonumber(first[2]) - NOW) or math.huge
end

-- What a claim answers: {suspended, jobs that wait, ms until the next is due or -1, the rows of those taken}. Whatever
-- else the call did is committed with it.
local function claim_all(ids)
  local woken_before = woken  -- what this call leaves, its own answer tells
  local empty, next_parked = false, math.huge
  if #ids > 0 then claim_known(ids) elseif left > 0 then empty, next_parked = claim_any() end
  if empty == nil then
    commit()
    return SUSPENDED
  end
  fill_rows()
  put_kept_back()
  woken = woken_before + suspects  -- others may have made room for them
  commit()
  if left <= 0 and #taken < call.count then return SATED end
  local queued, turns = empty and 0 or redis.call('LLEN', QUEUE), turns_in()
  local soonest = math.min(next_parked, parked_in, turns, (queued > 0 and left > 0 and #kept_back == 0) and 0 or math.huge)
  return { 0, queued + (turns <= 0 and 1 or 0), soonest < math.huge and soonest or -1, taken }
end
