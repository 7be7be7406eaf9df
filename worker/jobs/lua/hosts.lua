-- Put before every script: the manners towards hosts that all workers share. ARGV[1] says which, as `manners`:
-- {limit, delay, failures, rest …} (hosts.py: manners); times are ms.
--
-- What is known of a host, JSON in one field of HOSTS:
--   held     the attempts that hold one of its slots: job:execution -> 0, or until when the slot stays taken
--   next     it may be asked again from then on; the delay between requests
--   rest     it is left alone until then, `why`: host_asked (Retry-After), host_unavailable, robots_unreachable
--   silent   attempts in a row that it did not answer; since: when it was first left alone for that
--   delay    what its robots.txt asks for; robots: until when that is known
--   took     ms that an attempt holds its slot, on average of late
--   free     until when its address is known to lie in a network of the operator's: no manners there
--   waits    there are jobs in WAITING for it, and TURNS says when the next of them may go
-- A slot's truth is the lease of the job that holds it: a worker that is killed frees it so.

local HOSTS = 'pith:hosts:' .. call.queue      -- hash: host -> what is known of it
local WAITING = 'pith:waiting:' .. call.queue  -- jobs that wait for their host's turn, by host and age: see place()
local TURNS = 'pith:turns:' .. call.queue      -- hosts that jobs wait for, by when the next may go

local FREE_FOR = 600000    -- ms for which an address is believed to be where it was
local LONGEST_REST = 600000  -- ms; a host that never answers is tried at least so often
local SLACK = 100          -- ms between the pause and the next turn, at least: what a quick page takes
local GRACE = 500          -- ms; one that goes before the one before it is answered waits so much longer (hosts.py)
local LATE = 1000          -- ms by which a turn may be missed where there are pauses
local STRANGER = 2000      -- ms; a worker cannot see when another's request really went: its turn comes so much later
local AHEAD = 3000         -- ms; a worker may take jobs of a host whose pauses it has to keep itself, for so long
local MOST_AHEAD = 16      -- jobs
local EASE = 1.25          -- of the time that a page takes: how far apart those are planned, so that few come too late
local WEIGHT = .3          -- of the last attempt in that average
local manners = call.manners

local known, changed, waits, entered = {}, {}, {}, {}

local function place(job)  -- its member of WAITING: those that came first go first
  return string.format('%s %014.0f %07.0f %s', job.host, job.created, tonumber(job.index) or 0, job.id)
end

local function opened(host)  -- an IPv4 address in PITH_ALLOW_NETWORKS
  local a, b, c, d = string.match(host, '^(%d+)%.(%d+)%.(%d+)%.(%d+)$')
  local number = a and ((a * 256 + b) * 256 + c) * 256 + d
  for _, range in ipairs(a and manners.open or {}) do
    if number >= range[1] and number <= range[2] then return true end
  end
  return false
end

-- Read what is known of these hosts, all in one command.
local function meet(names)
  local strangers = {}
  for _, name in ipairs(names) do
    if known[name] == nil then
      known[name] = not opened(name) and {} or false
      if known[name] then strangers[#strangers + 1] = name end
    end
  end
  if #strangers == 0 then return end
  local found = redis.call('HMGET', HOSTS, unpack(strangers))
  for i, name in ipairs(strangers) do
    local host = found[i] and cjson.decode(found[i]) or {}
    host.name, host.held, host.stored = name, host.held or {}, found[i] and true
    known[name] = host
  end
end

local function meet_all(jobs)
  local names = {}
  for _, job in ipairs(jobs) do names[#names + 1] = job.host end
  meet(names)
end

local function is_free(host)
  return not host or (host.free or 0) > NOW
end

local function host_of(job)  -- nil for a job that needs no manners
  if not job.host then return nil end
  if known[job.host] == nil then meet({ job.host }) end
  local host = known[job.host]
  return not is_free(host) and host or nil
end

local function gap(host)  -- ms between two requests to it
  return math.max(manners.delay, host.delay or 0)
end

-- One at a time while it is not known what its robots.txt says, or whether it answers again.
local function is_scouted(host, ahead)
  return manners.robots and (host.robots or 0) <= NOW + (ahead or 0)
end

local function limit(host)
  if host.since or is_scouted(host) then return 1 end
  return manners.limit > 0 and manners.limit or math.huge
end

local function occupied(host)
  local count = 0
  for member, till in pairs(host.held) do
    if till ~= 0 and till <= NOW then
      host.held[member] = nil
      changed[host.name] = true
    else
      count = count + 1
    end
  end
  return count
end

-- Once in a call: give back the slots of attempts that no lease stands for.
local function audit(host)
  if host.audited then return end
  host.audited = true
  local members = {}
  for member, till in pairs(host.held) do
    if till == 0 and not entered[member] then members[#members + 1] = member end
  end
  local leases = #members > 0 and redis.call('ZMSCORE', WIP, unpack(members)) or {}
  for i, member in ipairs(members) do
    if not leases[i] or tonumber(leases[i]) <= NOW / 1000 then
      host.held[member] = nil
      changed[host.name] = true
    end
  end
end

-- A run: jobs that one worker takes in one call though they may not go all at once: it keeps the limit and the pauses
-- itself. Only from a host of which no other worker has any: so it hears it first, should the host ask to be left alone.
local function pace(host)  -- ms between the starts of two of them
  local takes = EASE * (host.took or 0)
  local pause = gap(host) > 0 and gap(host) + math.max(SLACK, math.min(takes, GRACE)) or 0
  return math.max(pause, takes / limit(host))
end

local function is_ours(host)
  for member in pairs(host.held) do
    if not call.mine or not string.find(member, ':' .. call.mine .. '.', 1, true) then return false end
  end
  return true
end

local function opens(host)  -- from when on the worker that calls may ask it
  local strange = call.mine and gap(host) > 0 and not is_ours(host)
  return math.max((host.next or 0) + (strange and STRANGER or 0), host.rest or 0)
end

local function longest_run(host, left)
  local at_once = gap(host) > 0 and math.min(left, 1) or left
  if gap(host) > 0 and left <= 0 or gap(host) == 0 and limit(host) == math.huge then return at_once end
  if not host.took or host.since or is_scouted(host, AHEAD) or not is_ours(host) then return at_once end
  local ahead = math.min(MOST_AHEAD, math.floor(AHEAD / pace(host)))
  return math.max(at_once, ahead + 1 - (gap(host) > 0 and 0 or occupied(host)))
end

local function room(host)  -- how many more of its jobs may go now
  if is_free(host) then return math.huge end
  if host.run then return host.run.most - host.run.count end
  if opens(host) > NOW then return 0 end
  local left = limit(host) - occupied(host)
  if left <= 0 then
    audit(host)
    left = limit(host) - occupied(host)
  end
  return longest_run(host, left)
end

local function turn(host)  -- when to look at it again; the end of a job that holds a slot moves it up
  if is_free(host) then return NOW end
  local due = math.max(opens(host), NOW)
  if occupied(host) < limit(host) then return due end
  local free = NOW + manners.look
  for _, till in pairs(host.held) do
    if till ~= 0 then free = math.min(free, till) end
  end
  return math.max(due, free)
end

-- Returns the ms until its turn, and by how many it may come late.
local function enter(host, member)
  host.run = host.run or { most = room(host), count = 0, pace = pace(host) }
  local wait = gap(host) > 0 and host.run.count * host.run.pace or 0
  host.run.count = host.run.count + 1
  if gap(host) > 0 then host.next = NOW + wait + gap(host) + SLACK end
  if limit(host) < math.huge or gap(host) > 0 then host.held[member] = 0 end
  entered[member] = true  -- its lease is written at the end of this call
  changed[host.name] = true
  return wait, gap(host) > 0 and LATE or AHEAD
end

local function leave(job)
  local host = host_of(job)
  local member = job.id .. ':' .. (job.execution or '')
  if host and host.held[member] then
    host.held[member] = nil
    changed[host.name] = true
  end
end

-- The worker does not know yet that it should stop: its slot stays taken until it must have heard, which is when it
-- would have to renew its lease.
local function haunt(job)
  local host = host_of(job)
  local member = job.id .. ':' .. (job.execution or '')
  if job.status == 'running' and host and host.held[member] then
    host.held['gone:' .. member] = 1000 * (redis.call('ZSCORE', WIP, member) or 0)
    changed[host.name] = true
  end
end

local function wait(job)
  collect('ZADD', WAITING, 0, place(job))
  waits[job.host] = true
end

-- What an attempt learnt of its host. `heard`: answered, silent, unreachable (its robots.txt), free, robots (ms for
-- which its rules are known), delay (ms), rest (ms, Retry-After), ago (ms since it was asked), took (ms).
local function rest(host, why, ms)
  if NOW + ms > (host.rest or 0) then host.rest, host.why = NOW + ms, why end
end

local function hear(host, heard)
  changed[host.name] = true
  if heard.free then host.free = NOW + FREE_FOR end
  if heard.robots then host.robots, host.delay = NOW + heard.robots, heard.delay end
  if heard.took then host.took = math.floor((host.took or heard.took) * (1 - WEIGHT) + heard.took * WEIGHT) end
  if heard.answered then host.silent, host.since = nil, nil end
  if heard.silent or heard.unreachable then
    host.silent = (host.silent or 0) + 1
    local over = heard.unreachable and host.silent or host.silent - manners.failures + 1
    if over > 0 and (heard.unreachable or manners.failures > 0) then
      host.since = host.since or NOW
      local pause = math.min(LONGEST_REST, manners.rest * 2 ^ math.min(over - 1, 10))
      rest(host, heard.unreachable and 'robots_unreachable' or 'host_unavailable', pause)
    end
  end
  if heard.rest then rest(host, 'host_asked', math.min(heard.rest, manners.longest_wait)) end
  if heard.ago and gap(host) > 0 then host.next = math.max(host.next or 0, NOW - heard.ago + gap(host)) end
end

local function blank(host)
  local later = math.max(host.next or 0, host.rest or 0, host.robots or 0, host.free or 0)
  return later <= NOW and not host.silent and not host.waits and next(host.held) == nil
end

local KEPT = { 'held', 'next', 'rest', 'why', 'silent', 'since', 'delay', 'robots', 'took', 'free', 'waits' }

local function save(host)
  if blank(host) then
    if host.stored then collect('HDEL', HOSTS, host.name) end
    host.stored = false
    return
  end
  host.stored = true
  local kept = {}
  for _, name in ipairs(KEPT) do kept[name] = host[name] end
  if next(host.held) == nil then kept.held = nil end
  collect('HSET', HOSTS, host.name, cjson.encode(kept))
end

local turns_kept  -- there are some, as far as this call has seen

-- Written at once, so that a call may look at its own work; commit() does it last.
save_hosts = function()
  for name, some in pairs(waits) do
    local host = known[name]
    if host and (host.waits or false) ~= some then
      host.waits = some or nil
      changed[name] = true
    end
    if not some then
      collect('ZREM', TURNS, name)
    elseif not host then
      collect('ZADD', TURNS, int(NOW), name)
      turns_kept = true
    end
  end
  for name in pairs(changed) do
    local host = known[name]
    if host.waits then
      collect('ZADD', TURNS, int(turn(host)), name)
      turns_kept = true
    end
    save(host)
  end
  for command, where in pairs({ ZADD = TURNS, ZREM = TURNS, HSET = HOSTS, HDEL = HOSTS }) do flush(command, where) end
  changed, waits = {}, {}
end
