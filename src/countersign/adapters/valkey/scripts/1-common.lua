-- What all files of the library share. The server loads the library once and calls its function.
-- While it loads, the server's own functions are not there yet: the function sets these at each call.
local call, encode, decode, floor
-- Begins all keys of one community: each operation has one.
local key_prefix

local RESERVED_FOR_MS = 10000
local REPEATED_WITHIN_MS = 3600000
local INDEX_KEPT_MS = 172800000

-- The present in milliseconds since the epoch, by the server's clock.
local function present_ms()
  local time = call('TIME')
  return time[1] * 1000 + floor(time[2] / 1000)
end

-- So many keys of a kind are kept of a community: one more, and those go that would expire first.
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
