-- People who wrote in a room or did something, the last texts of newcomers, and unsigned words.
local MAX_ROOMS = 2000
local MAX_DEEDS = 10000
local MAX_COUNTED = 5000
local MAX_SAYING_WINDOWS = 64
local MAX_UNSIGNED = 256
local MAX_SENDERS_UNSIGNED = 50000
local PEOPLE_SUFFIXES = {':last', ':group', ':groups'}
local SAYING_SUFFIXES = {':last', ':words'}
local UNSIGNED_SUFFIXES = {':words', ':last'}

local function list_members(question, at)
  local key = key_prefix .. 'members:' .. question[2]
  return encode(call('ZRANGEBYSCORE', key, at - question[3], '+inf'))
end

local function add_member(member, reservation, now)
  local name = 'members:' .. member.room
  local key = key_prefix .. name
  call('ZADD', key, reservation.at, reservation.sender)
  if call('ZCARD', key) > member.most then
    call('ZREMRANGEBYRANK', key, 0, -(member.most + 1))
  end
  call('PEXPIRE', key, member.window_ms)
  index_key('rooms', MAX_ROOMS, name, now + member.window_ms, now, NO_SUFFIX)
end

local function uncount_person(key, user_id)
  local group = call('HGET', key .. ':group', user_id)
  if group then
    call('HDEL', key .. ':group', user_id)
    if call('HINCRBY', key .. ':groups', group, -1) <= 0 then
      call('HDEL', key .. ':groups', group)
    end
  end
  call('ZREM', key .. ':last', user_id)
end

-- Returns the number of people since a time as {group, number, …}; forgets earlier ones.
local function people_by_group(key, since)
  for _, user_id in ipairs(call('ZRANGEBYSCORE', key .. ':last', '-inf', '(' .. since)) do
    uncount_person(key, user_id)
  end
  local groups = call('HGETALL', key .. ':groups')
  for place = 2, #groups, 2 do
    groups[place] = tonumber(groups[place])
  end
  return encode(groups)
end

local function people_name(deed, window_ms)
  return 'people:' .. deed .. ':' .. window_ms
end

local function add_person(deed, window_ms, user_id, group, at, now)
  local name = people_name(deed, window_ms)
  local key = key_prefix .. name
  uncount_person(key, user_id)
  call('ZADD', key .. ':last', at, user_id)
  call('HSET', key .. ':group', user_id, group)
  call('HINCRBY', key .. ':groups', group, 1)
  local beyond = call('ZCARD', key .. ':last') - MAX_COUNTED
  if beyond > 0 then
    for _, oldest in ipairs(call('ZRANGE', key .. ':last', 0, beyond - 1)) do
      uncount_person(key, oldest)
    end
  end
  for _, suffix in ipairs(PEOPLE_SUFFIXES) do
    call('PEXPIRE', key .. suffix, window_ms)
  end
  index_key('deeds', MAX_DEEDS, name, now + window_ms, now, PEOPLE_SUFFIXES)
  return people_by_group(key, at - window_ms)
end

local function list_sayings(question, event, at)
  local key, window_ms = key_prefix .. 'said:' .. question[4], question[4]
  local senders = call('ZRANGEBYSCORE', key .. ':last', at - window_ms, '+inf')
  local others = {}
  for _, sender in ipairs(senders) do
    if sender ~= event.sender then
      others[#others + 1] = sender
    end
  end
  if #others == 0 then
    return {}
  end
  local sayings = {}
  for place, saying in ipairs(call('HMGET', key .. ':words', unpack(others))) do
    if saying then
      sayings[#sayings + 1] = others[place]
      sayings[#sayings + 1] = string.sub(saying, 65)
    end
  end
  return sayings
end

local function add_saying(question, event, at, now)
  local window_ms, most = question[4], question[5]
  local name = 'said:' .. window_ms
  local key = key_prefix .. name
  call('ZADD', key .. ':last', at, event.sender)
  -- The event's key, of 64 digits, comes first, so that this saying can be removed by it.
  call('HSET', key .. ':words', event.sender, event.key .. question[2])
  local beyond = call('ZCARD', key .. ':last') - most
  if beyond > 0 then
    local oldest = call('ZPOPMIN', key .. ':last', beyond)
    for place = 1, #oldest, 2 do
      call('HDEL', key .. ':words', oldest[place])
    end
  end
  for _, suffix in ipairs(SAYING_SUFFIXES) do
    call('PEXPIRE', key .. suffix, window_ms)
  end
  index_key('said', MAX_SAYING_WINDOWS, name, now + window_ms, now, SAYING_SUFFIXES)
  return key
end

local function forget_saying(key, sender)
  call('ZREM', key .. ':last', sender)
  call('HDEL', key .. ':words', sender)
end

local function remove_saying(key, event)
  local saying = call('HGET', key .. ':words', event.sender)
  if saying and string.sub(saying, 1, 64) == event.key then
    forget_saying(key, event.sender)
  end
end

-- Stores in a reservation its words, and whether it is a retry.
local function look_up_unsigned(question, reservation)
  local key = key_prefix .. 'unsigned:' .. reservation.of
  reservation.words, reservation.words_ms = question[2], question[3]
  local last = call('ZSCORE', key .. ':words', reservation.place .. question[2])
  reservation.is_retry = last and tonumber(last) >= reservation.at - question[3] or false
  reservation.is_last_again = reservation.is_retry
    and call('HGET', key .. ':last', reservation.place) == question[2]
end

local function settle_unsigned(reservation, settlement, now)
  if not reservation.words then
    return
  end
  local name = 'unsigned:' .. reservation.of
  local key, member = key_prefix .. name, reservation.place .. reservation.words
  if settlement == 'signed' then
    call('ZREM', key .. ':words', member)
    return
  end
  call('ZADD', key .. ':words', reservation.at, member)
  call('HSET', key .. ':last', reservation.place, reservation.words)
  if call('ZCARD', key .. ':words') > MAX_UNSIGNED then
    call('ZREMRANGEBYRANK', key .. ':words', 0, -(MAX_UNSIGNED + 1))
  end
  if call('HLEN', key .. ':last') > MAX_UNSIGNED then
    call('DEL', key .. ':last')
  end
  for _, suffix in ipairs(UNSIGNED_SUFFIXES) do
    call('PEXPIRE', key .. suffix, reservation.words_ms)
  end
  local expires_at = now + reservation.words_ms
  index_key('unsigned', MAX_SENDERS_UNSIGNED, name, expires_at, now, UNSIGNED_SUFFIXES)
end

-- Returns the place in the list of deeds to continue from; 0 if all are done.
local function forget_person(user_id, of, from, most)
  for _, suffix in ipairs(UNSIGNED_SUFFIXES) do
    call('UNLINK', key_prefix .. 'unsigned:' .. of .. suffix)
  end
  for _, name in ipairs(call('ZRANGE', key_prefix .. 'index:said', 0, -1)) do
    forget_saying(key_prefix .. name, user_id)
  end
  local deeds = call('ZRANGE', key_prefix .. 'index:deeds', from, from + most - 1)
  for _, name in ipairs(deeds) do
    uncount_person(key_prefix .. name, user_id)
  end
  return #deeds == most and from + most or 0
end
