"""The Lua scripts that client and workers run in Redis. Each lists its KEYS and ARGV."""

from __future__ import annotations

TAKE = """
if redis.call('LREM', KEYS[1], 1, ARGV[1]) == 0 then return 0 end
redis.call('RPUSH', KEYS[2], ARGV[1])
return 1
"""
"""Move one chosen job from a queue to its intermediate queue, as rq's LMOVE does with the first one.

KEYS: 1 rq's queue, 2 its intermediate queue. ARGV: 1 job id. Returns 1, or 0 if somebody else was quicker.
"""

TAKE_BACK = """
local begun = ARGV[1] .. ':'
for _, execution in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1)) do
  if string.sub(execution, 1, #begun) == begun then return 0 end
end
if redis.call('LREM', KEYS[1], 0, ARGV[1]) == 0 then
  if redis.call('LPOS', KEYS[2], ARGV[1]) then return 0 end
  local status = redis.call('HGET', KEYS[4], 'status')
  if status and status ~= 'queued' then return 0 end
  for i = 5, #KEYS do
    if redis.call('EXISTS', KEYS[i]) == 1 then return 0 end
  end
end
redis.call('DEL', KEYS[4])
return 1
"""
"""Delete a job that waits, so that nothing of it stays. Run again because its answer was lost, it says the same.

KEYS: 1 rq's queue, 2 its intermediate queue, 3 rq's registry of started jobs, 4 the job, 5 … what may have come of it.
ARGV: 1 job id. Returns 1 also where the job is gone already or in none of these lists; 0 where a worker has or had it.
"""

FINISH = """
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], 'XX', ARGV[2], ARGV[1])
for i = 3, #KEYS do
  redis.call('SET', KEYS[i], ARGV[i + 2], 'NX')
end
if ARGV[3] ~= '' then
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[4], '*', 'event', ARGV[3])
end
return 1
"""
"""Store what came of a job and say so, but only while this execution still owns it, and own it a little longer.

KEYS: 1 rq's registry of started jobs, 2 event stream, 3 … passages. ARGV: 1 the execution in the registry, 2 Unix
second until which it is owned, 3 event or "", 4 length of the stream, 5 … the passages' values. Returns 1, or 0 where
another worker has the job by now.
"""

TRIM = """
local old = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[2], 'LIMIT', 0, 1000)
local over = redis.call('ZCARD', KEYS[1]) - #old - tonumber(ARGV[1])
if over > 0 then
  old = redis.call('ZRANGE', KEYS[1], 0, #old + math.min(over, 1000) - 1)
end
for _, key in ipairs(old) do
  redis.call('DEL', key)
  redis.call('ZREM', KEYS[1], key)
end
return #old
"""
"""Drop the states that were used longest ago.

KEYS: 1 the index of states. ARGV: 1 how many may stay, 2 Unix second before whose last use all go. Returns how many
went; at most 2,000 at a time.
"""
