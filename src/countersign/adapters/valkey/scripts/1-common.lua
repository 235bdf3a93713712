-- Runs on the server, whole, at each call: what all parts share.
-- KEYS[1] begins all keys of one community; ARGV are the operations, each packed by message_pack.
local call, packed, unpacked, floor = redis.call, cmsgpack.pack, cmsgpack.unpack, math.floor
local beginning = KEYS[1]

local RESERVED_FOR_MS = 10000
local REPEATED_WITHIN_MS = 3600000
local INDEX_KEPT_MS = 172800000

-- The present in milliseconds since the epoch, by the server's clock.
local function present_ms()
  local time = call('TIME')
  return time[1] * 1000 + floor(time[2] / 1000)
end

-- So many keys of a kind are kept of a community: one more, and those go that would expire first.
local function note_key(kind, most, key, expires_at, now, parts, forget)
  local index = beginning .. 'index:' .. kind
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
  local pushed_out = call('ZPOPMIN', index, beyond)
  for place = 1, #pushed_out, 2 do
    if forget then
      forget(pushed_out[place])
    end
    for _, part in ipairs(parts) do
      call('UNLINK', beginning .. pushed_out[place] .. part)
    end
  end
end

local WHOLE = {''}
