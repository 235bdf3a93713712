-- Senders of the same thing: one entry for each sender in each room, the latest last. Packed: their
-- number, then for each a mark, the last time, number of sendings, last time but one, and the
-- lengths of sender and room, which follow. Whoever asks finds in them who sent it since when. The
-- mark is a byte that no text contains, and digits of the hashes of sender and room.
local MAX_THINGS = 20000
local MAX_TEXTS = 20000
local MAX_KINDS_OF_TEXTS = 64
local MAX_SENDINGS = 64
local MAX_CANDIDATES = 128
local ALL_BUT_THE_SAME = 90
local NO_SENDINGS = '\0'
local HASH_DIGITS, MARK_BYTES = 16, 33
local SENDING = '>I8I4I8I2I2'

local function kept_for(window_ms)
  return math.max(window_ms, REPEATED_WITHIN_MS)
end

local function mark_of(event)
  return '\255' .. sub(event.of, 1, HASH_DIGITS) .. sub(event.place, 1, HASH_DIGITS)
end

-- Returns the two parts of sendings around those of an event's sender in its room, without the
-- number that comes first; and of these the last time, their number and the last time but one.
local function around_sender(sendings, event)
  local from = find(sendings, mark_of(event), 1, true)
  if not from then
    return sub(sendings, 2), ''
  end
  local last, times, before, sender, room, names = read(SENDING, sendings, from + MARK_BYTES)
  return sub(sendings, 2, from - 1), sub(sendings, names + sender + room), last, times, before
end

local function sending(event, last, times, before)
  return mark_of(event) .. write(SENDING, last, times, before, #event.sender, #event.room)
    .. event.sender .. event.room
end

local function without_first(entries)
  local _, _, _, sender, room, names = read(SENDING, entries, 1 + MARK_BYTES)
  return sub(entries, names + sender + room)
end

local function add_sending(sendings, event, at)
  local number = byte(sendings)
  local earlier, later, last, times = around_sender(sendings, event)
  if not last then
    if number == MAX_SENDINGS then
      return char(number) .. without_first(earlier) .. sending(event, at, 1, 0)
    end
    return char(number + 1) .. earlier .. sending(event, at, 1, 0)
  elseif at - last > REPEATED_WITHIN_MS then
    return char(number) .. earlier .. later .. sending(event, at, 1, 0)
  end
  return char(number) .. earlier .. later .. sending(event, at, times + 1, last)
end

-- Returns nil if there is nothing to remove.
local function remove_sending(sendings, event, at)
  local number = byte(sendings)
  local earlier, later, last, times, before = around_sender(sendings, event)
  if not last then
    return nil
  elseif times == 1 then
    return char(number - 1) .. earlier .. later
  elseif last == at then
    return char(number) .. earlier .. sending(event, before, times - 1, 0) .. later
  end
  return char(number) .. earlier .. sending(event, last, times - 1, before) .. later
end

local function thing_name(digest, window_ms)
  return 'sent:' .. digest .. ':' .. window_ms
end

local function find_thing(digest, window_ms)
  return {call('GET', key_prefix .. thing_name(digest, window_ms)) or NO_SENDINGS}
end

local function add_thing(digest, window_ms, event, at)
  local name, kept_ms = thing_name(digest, window_ms), kept_for(window_ms)
  local sendings = call('GET', key_prefix .. name) or NO_SENDINGS
  call('SET', key_prefix .. name, add_sending(sendings, event, at), 'PX', kept_ms)
  index_key('things', MAX_THINGS, name, now + kept_ms, NO_SUFFIX)
  return name
end

local function remove_thing(name, event, at)
  local sendings = call('GET', key_prefix .. name)
  local others = sendings and remove_sending(sendings, event, at)
  if others == NO_SENDINGS then
    call('DEL', key_prefix .. name)
  elseif others then
    call('SET', key_prefix .. name, others, 'KEEPTTL')
  end
end
