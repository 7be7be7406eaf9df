-- A worker says what became of jobs and takes others: one round trip for both. ARGV: the call {ends, count, …}, five
-- values for each of the `ends` outcomes (finish.lua), then ids to take (claim.lua).
-- Returns {for each outcome 1 when it counted, else 0; what claim_all() answers, nil when nothing was asked for}.

local counted = finish_all(call.ends)
if call.count == 0 then
  commit()
  return { counted }
end
flush_doomed()  -- what stands there now must not be taken for that of a job taken below
flush('ZADD', PARKED)
flush('ZADD', WAITING)
local claimed = claim_all({ unpack(ARGV, 2 + call.ends * WIDTH) })
return { counted, claimed }
