-- Shared by all files of the library. The server loads the library once and calls its function. The
-- server's own functions do not exist while it loads, so the function sets these at each call.
local call, encode, decode, floor
-- The prefix of all keys of one community; each operation has one.
local key_prefix

local RESERVED_FOR_MS = 10000
local REPEATED_WITHIN_MS = 3600000
local INDEX_KEPT_MS = 172800000

-- Returns the server's time in milliseconds since the epoch.
local function present_ms()
  local time = call('TIME')
  return time[1] * 1000 + floor(time[2] / 1000)
end

-- Limits the number of a community's keys of a kind; beyond it those that expire first are removed.
local function index_key(kind, most, key, expires_at, now, suffixes, forget)
  local index = key_prefix .. 'index:' .. kind
  if call('ZADD', index, expires_at, key) == 0 then
    return
  end
  call('PEXPIRE', index, INDEX_KEPT_MS)
  if call('ZCARD', index) <= most then
    return
  end
  call('ZREMRANGEBYSCORE', index, '-inf', now)
  local beyond = call('ZCARD', index) - most
  if beyond <= 0 then
    return
  end
  local evicted = call('ZPOPMIN', index, beyond)
  for place = 1, #evicted, 2 do
    if forget then
      forget(evicted[place])
    end
    for _, suffix in ipairs(suffixes) do
      call('UNLINK', key_prefix .. evicted[place] .. suffix)
    end
  end
end

local NO_SUFFIX = {''}
