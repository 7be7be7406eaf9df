-- Cancel a job that has not ended, remove one that has. ARGV: the call {owner}, the id.
-- Returns 'none', 'cancelled' or 'removed'.

local job = read(ARGV[2])
if not job.status or job.owner ~= call.owner then return 'none' end

local function forget_page()
  local shared = 'pith:shared:' .. job.page
  if redis.call('EXISTS', shared) == 1 then
    if redis.call('DECR', shared) >= 0 then return end
  end
  redis.call('DEL', 'pith:page:' .. job.page, shared)
  local latest = job.fp and redis.call('GET', 'pith:latest:' .. job.fp)
  if latest and cjson.decode(latest).page == job.page then redis.call('DEL', 'pith:latest:' .. job.fp) end
end

if ENDED[job.status] then
  if job.page then forget_page() end
  redis.call('DEL', key(job.id))
  return 'removed'
end
if job.status == 'queued' then redis.call('LREM', QUEUE, 1, job.id) end
haunt(job)
close(job, 'cancelled')
if job.fp then settle_followers(job) end
commit()
return 'cancelled'
