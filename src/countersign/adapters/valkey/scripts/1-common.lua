-- Shared by all files of the library. The server loads the library once and calls its function. The
-- server's own functions do not exist while it loads, so the function sets these at each call.
local call, encode, decode, floor, byte, char, find, sub, read, write
-- The prefix of all keys of one community; each operation has one.
local key_prefix
-- The time at the beginning of a call.
local now
-- Entries of indexes, expiries of keys and times of reservations, each of which a call writes once.
local indexed, expiring, reserving

local RESERVED_FOR_MS = 10000
local REPEATED_WITHIN_MS = 3600000
local INDEX_KEPT_MS = 172800000
-- Reservations name senders. Processes drop those that nobody settles; this is for when none is left.
local RESERVATIONS_KEPT_MS = 3600000
-- Maximum number of values that one command is given.
local MAX_VALUES = 2000

-- Returns the server's time in milliseconds since the epoch.
local function present_ms()
  local time = call('TIME')
  return time[1] * 1000 + floor(time[2] / 1000)
end

local function expire_later(key, kept_ms)
  if kept_ms > (expiring[key] or 0) then
    expiring[key] = kept_ms
  end
end

-- Limits the number of a community's keys of a kind; beyond it those that expire first are removed.
local function index_key(kind, most, name, expires_at, suffixes)
  local key = key_prefix .. 'index:' .. kind
  local index = indexed[key]
  if not index then
    index = {key_prefix = key_prefix, most = most, suffixes = suffixes, expires_at = {}}
    indexed[key] = index
  end
  index.expires_at[name] = expires_at
end

local function remove_beyond(key, index)
  if call('ZCARD', key) <= index.most then
    return
  end
  call('ZREMRANGEBYSCORE', key, '-inf', now)
  local beyond = call('ZCARD', key) - index.most
  if beyond <= 0 then
    return
  end
  local evicted = call('ZPOPMIN', key, beyond)
  for place = 1, #evicted, 2 do
    for _, suffix in ipairs(index.suffixes) do
      call('UNLINK', index.key_prefix .. evicted[place] .. suffix)
    end
  end
end

local function write_index(key, index)
  local values, added = {}, 0
  for name, expires_at in pairs(index.expires_at) do
    values[#values + 1] = expires_at
    values[#values + 1] = name
    if #values == MAX_VALUES then
      added, values = added + call('ZADD', key, unpack(values)), {}
    end
  end
  if #values > 0 then
    added = added + call('ZADD', key, unpack(values))
  end
  if added > 0 then
    call('PEXPIRE', key, INDEX_KEPT_MS)
    remove_beyond(key, index)
  end
end

local function write_indexes_and_expiries()
  for key, index in pairs(indexed) do
    write_index(key, index)
  end
  for key, kept_ms in pairs(expiring) do
    call('PEXPIRE', key, kept_ms)
  end
end

local NO_SUFFIX = {''}
