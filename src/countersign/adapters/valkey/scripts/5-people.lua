-- People who wrote in a room or did something, the last texts of newcomers, and unsigned words.
local MAX_ROOMS = 2000
local MAX_DEEDS = 10000
local MAX_COUNTED = 5000
local MAX_SAYING_WINDOWS = 64
local MAX_UNSIGNED = 256
local MAX_SENDERS_UNSIGNED = 50000
local PEOPLE_SUFFIXES = {':last', ':group', ':groups'}
local UNSIGNED_SUFFIXES = {':words', ':last'}
-- Sayings are packed: their number, then for each a mark, the time, the lengths of sender and words,
-- the key of the event, sender and words; the latest last. The mark is a byte that no text contains,
-- and digits of the hash of the sender.
local NO_SAYINGS = '\0\0'
local SAID_MARK_BYTES = 17
local NUMBER, SAYING, KEY_BYTES = '>I2', '>I8I2I4', 32

local function list_members(question, at)
  local key = key_prefix .. 'members:' .. question[2]
  return call('ZRANGEBYSCORE', key, at - question[3], '+inf')
end

-- A question is {'members', room, window, most, whether to add, whether to list}.
local function add_member(question, event, at)
  local name, window_ms, most = 'members:' .. question[2], question[3], question[4]
  local key = key_prefix .. name
  if call('ZADD', key, at, event.sender) == 1 and call('ZCARD', key) > most then
    call('ZREMRANGEBYRANK', key, 0, -(most + 1))
  end
  expire_later(key, window_ms)
  index_key('rooms', MAX_ROOMS, name, now + window_ms, NO_SUFFIX)
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
  return call('HGETALL', key .. ':groups')
end

local function people_name(deed, window_ms)
  return 'people:' .. deed .. ':' .. window_ms
end

local function add_person(deed, window_ms, user_id, group, at)
  local name = people_name(deed, window_ms)
  local key = key_prefix .. name
  local is_new = call('ZADD', key .. ':last', at, user_id) == 1
  if not is_new and call('HGET', key .. ':group', user_id) ~= group then
    uncount_person(key, user_id)
    is_new = call('ZADD', key .. ':last', at, user_id) == 1
  end
  if is_new then
    call('HSET', key .. ':group', user_id, group)
    call('HINCRBY', key .. ':groups', group, 1)
    local beyond = call('ZCARD', key .. ':last') - MAX_COUNTED
    for _, oldest in ipairs(beyond > 0 and call('ZRANGE', key .. ':last', 0, beyond - 1) or {}) do
      uncount_person(key, oldest)
    end
  end
  for _, suffix in ipairs(PEOPLE_SUFFIXES) do
    expire_later(key .. suffix, window_ms)
  end
  index_key('deeds', MAX_DEEDS, name, now + window_ms, PEOPLE_SUFFIXES)
  return key
end

-- A question is {'said', words, whether to add, window, most}.
local function sayings_name(question)
  return 'sayings:' .. question[4]
end

local function list_sayings(question)
  return call('GET', key_prefix .. sayings_name(question)) or NO_SAYINGS
end

-- Returns the two parts of sayings around that of a sender, without the number that comes first; and
-- the key of its event.
local function around_saying(sayings, of)
  local from = find(sayings, '\255' .. sub(of, 1, HASH_DIGITS), 1, true)
  if not from then
    return sub(sayings, #NO_SAYINGS + 1), ''
  end
  local _, sender, words, rest = read(SAYING, sayings, from + SAID_MARK_BYTES)
  local key = sub(sayings, rest, rest + KEY_BYTES - 1)
  return sub(sayings, #NO_SAYINGS + 1, from - 1),
    sub(sayings, rest + KEY_BYTES + sender + words), key
end

local function without_first_saying(entries)
  local _, sender, words, rest = read(SAYING, entries, 1 + SAID_MARK_BYTES)
  return sub(entries, rest + KEY_BYTES + sender + words)
end

local function add_saying(question, event, at)
  local name, words, window_ms, most = sayings_name(question), question[2], question[4], question[5]
  local sayings = list_sayings(question)
  local number, earlier, later, is_there = read(NUMBER, sayings), around_saying(sayings, event.of)
  if not is_there then
    number = number + 1
  end
  while number > most and earlier ~= '' do
    number, earlier = number - 1, without_first_saying(earlier)
  end
  sayings = write(NUMBER, number) .. earlier .. later
    .. '\255' .. sub(event.of, 1, HASH_DIGITS) .. write(SAYING, at, #event.sender, #words)
    .. event.key .. event.sender .. words
  call('SET', key_prefix .. name, sayings, 'PX', window_ms)
  index_key('sayings', MAX_SAYING_WINDOWS, name, now + window_ms, NO_SUFFIX)
  return name
end

-- Removes what a sender said; with an event's key, only what that event said.
local function remove_saying(name, of, event_key)
  local sayings = call('GET', key_prefix .. name)
  if not sayings then
    return
  end
  local earlier, later, key = around_saying(sayings, of)
  if key and (not event_key or key == event_key) then
    local number = write(NUMBER, read(NUMBER, sayings) - 1)
    call('SET', key_prefix .. name, number .. earlier .. later, 'KEEPTTL')
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

local function settle_unsigned(reservation, settlement)
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
    expire_later(key .. suffix, reservation.words_ms)
  end
  local expires_at = now + reservation.words_ms
  index_key('unsigned', MAX_SENDERS_UNSIGNED, name, expires_at, UNSIGNED_SUFFIXES)
end

-- Returns the place in the list of deeds to continue from; 0 if all are done.
local function forget_person(user_id, of, from, most)
  for _, suffix in ipairs(UNSIGNED_SUFFIXES) do
    call('UNLINK', key_prefix .. 'unsigned:' .. of .. suffix)
  end
  for _, name in ipairs(call('ZRANGE', key_prefix .. 'index:sayings', 0, -1)) do
    remove_saying(name, of)
  end
  local deeds = call('ZRANGE', key_prefix .. 'index:deeds', from, from + most - 1)
  for _, name in ipairs(deeds) do
    uncount_person(key_prefix .. name, user_id)
  end
  return #deeds == most and from + most or 0
end
