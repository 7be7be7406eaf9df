-- Put claimed jobs back at the front, as they were: a worker stops. Burns no attempt. ARGV: the call, then id and
-- execution for each, oldest first. Returns how many went back.

local count = 0
for last = #ARGV, 3, -2 do  -- from the last, so that the oldest ends up first
  local job = read(ARGV[last - 1])
  if job.status == 'running' and job.execution == ARGV[last] then
    give_back(job)
    count = count + 1
  end
end
commit()
return count
