-- Put before claim.lua: which jobs a worker may hold at once. `held` of a call says how many it holds beside those that
-- end in this call, `worst` how often the one of them that was lost most often was lost.
--
-- What was lost with its worker is suspected of having killed it. Once lost, a job goes as any other; twice, and its
-- worker holds 16 jobs at most while it is among them; three times, 4; from then on it is alone. So whatever kills
-- workers, however many such there are, and whenever workers start: with others a job goes down ALONE times at most.
--
-- A suspect that does not fit waits in front of all else, by age, and nothing overtakes it here: the worker takes no
-- more until enough of its own have ended. Any other with room may have it meanwhile.

local ALONE = math.max(1, math.min(4, call.losses - 1))  -- losses; it has one more to go
local FEWER = 4  -- times fewer for each loss before that

local held = call.held or 0
local suspects = 0  -- taken in this call

local function company(lost)  -- how many a worker may hold with one that was lost so often among them
  if lost >= ALONE then return 1 end
  return lost > 1 and FEWER ^ (ALONE - lost) or math.huge
end

local function is_suspect(job)
  return company(job.lost or 0) < math.huge
end

local left = math.min(call.count, company(call.worst or 0) - held)  -- how many more the worker may take

local function fits(job)
  return left > 0 and held < company(job.lost or 0)
end

local function hold(job)
  held = held + 1
  left = math.min(left - 1, company(job.lost or 0) - held)
  if is_suspect(job) then suspects = suspects + 1 end
end
