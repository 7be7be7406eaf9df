-- Hold claimed jobs for another lease. ARGV: the call {lease (s)}, then job:execution for each.
-- Returns the places, from 0, of those that are lost: cancelled, ended by another, or taken back.

local lost, held = {}, {}
local members = {}
for i = 2, #ARGV do members[#members + 1] = ARGV[i] end
local leases = redis.call('ZMSCORE', WIP, unpack(members))
for i, member in ipairs(members) do
  if leases[i] then
    held[#held + 1] = NOW / 1000 + call.lease
    held[#held + 1] = member
  else
    lost[#lost + 1] = i - 1
  end
end
if #held > 0 then redis.call('ZADD', WIP, 'XX', unpack(held)) end
return lost
