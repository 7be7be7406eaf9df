-- Hold claimed jobs for another lease. ARGV: the call {lease (s)}, then job:execution for each.
-- Returns the places, from 0, of those that are lost: cancelled, ended by another, or taken back.

local lost, members, seen = {}, {}, 0
for i = 2, #ARGV do members[#members + 1] = ARGV[i] end
in_chunks(members, function(...)
  for _, lease in ipairs(redis.call('ZMSCORE', WIP, ...)) do
    seen = seen + 1
    if lease then
      collect('ZADD', WIP, NOW / 1000 + call.lease, members[seen])
    else
      lost[#lost + 1] = seen - 1
    end
  end
end)
commit()
return lost
