-- Senders of the same thing: one entry for each sender in each room, the latest last, as {sender,
-- room, last time, number of sendings, last time but one}.
local MAX_THINGS = 20000
local MAX_TEXTS = 20000
local MAX_SENDINGS = 64
local MAX_CANDIDATES = 128
local ALL_BUT_THE_SAME = 90
local PLACES, BANDS, PLACE_CHARS = 64, 16, 8
local BAND_CHARS = PLACES / BANDS * PLACE_CHARS

local function kept_for(window_ms)
  return math.max(window_ms, REPEATED_WITHIN_MS)
end

local function read_sendings(key)
  local raw = call('GET', key)
  return raw and decode(raw) or nil
end

local function place_of(sendings, event)
  for place, sent in ipairs(sendings) do
    if sent[1] == event.sender and sent[2] == event.room then
      return place
    end
  end
end

local function add_sending(key, event, at, kept_ms)
  local sendings = read_sendings(key) or {}
  local place = place_of(sendings, event)
  local before = place and table.remove(sendings, place)
  if before and at - before[3] <= REPEATED_WITHIN_MS then
    sendings[#sendings + 1] = {before[1], before[2], at, before[4] + 1, before[3]}
  else
    sendings[#sendings + 1] = {event.sender, event.room, at, 1, 0}
  end
  if #sendings > MAX_SENDINGS then
    table.remove(sendings, 1)
  end
  call('SET', key, encode(sendings), 'PX', kept_ms)
end

local function remove_sending(key, event, at)
  local sendings = read_sendings(key)
  local place = sendings and place_of(sendings, event)
  if not place then
    return
  end
  local sent = sendings[place]
  sent[4] = sent[4] - 1
  if sent[4] > 0 then
    if sent[3] == at then
      sent[3], sent[5] = sent[5], 0
    end
  else
    table.remove(sendings, place)
  end
  call('SET', key, encode(sendings), 'KEEPTTL')
end

-- A crowd is {senders, rooms, sendings of the event's sender, number of repeated senders}.
local function add_to_crowd(crowd, sendings, since, sender)
  for _, sent in ipairs(sendings) do
    if sent[3] >= since then
      crowd.senders[sent[1]] = true
      crowd.rooms[sent[2]] = true
      if sent[1] == sender then
        crowd.by_sender = crowd.by_sender + sent[4]
      end
      if sent[4] > 1 and sent[5] >= since then
        crowd.again = crowd.again + 1
      end
    end
  end
end

local function new_crowd()
  return {senders = {}, rooms = {}, by_sender = 0, again = 0}
end

local function encode_crowd(crowd)
  local senders, rooms = {}, {}
  for sender in pairs(crowd.senders) do
    senders[#senders + 1] = sender
  end
  for room in pairs(crowd.rooms) do
    rooms[#rooms + 1] = room
  end
  return encode({senders, rooms, crowd.by_sender, crowd.again})
end

local function thing_name(digest, window_ms)
  return 'thing:' .. digest .. ':' .. window_ms
end

local function find_thing(digest, window_ms, event, at)
  local crowd = new_crowd()
  local sendings = read_sendings(key_prefix .. thing_name(digest, window_ms))
  add_to_crowd(crowd, sendings or {}, at - window_ms, event.sender)
  return encode_crowd(crowd)
end

local function add_thing(digest, window_ms, event, at, now)
  local name, kept_ms = thing_name(digest, window_ms), kept_for(window_ms)
  add_sending(key_prefix .. name, event, at, kept_ms)
  index_key('things', MAX_THINGS, name, now + kept_ms, now, NO_SUFFIX)
  return key_prefix .. name
end

-- Texts are found by the bands of their minhashes. A minhash ("sketch") is 64 places of 8
-- hexadecimal digits, and also a list of numbers. A text is {sketch, time until which its bands are
-- kept, places}.
local function band_keys(sketch, likeness, window_ms)
  local keys = {}
  for band = 1, BANDS do
    local from = (band - 1) * BAND_CHARS + 1
    local piece = string.sub(sketch, from, from + BAND_CHARS - 1)
    keys[band] = key_prefix .. 'band:' .. likeness .. ':' .. window_ms .. ':' .. band .. ':' .. piece
  end
  return keys
end

local function likeness_percent(one, other)
  local same = 0
  for place = 1, PLACES do
    if one[place] == other[place] then
      same = same + 1
    end
  end
  return floor(same * 100 / PLACES)
end

local function read_text(name)
  local raw = call('GET', key_prefix .. name)
  return raw and decode(raw) or nil
end

-- Returns the names of texts with at least this likeness, the latest of each band first.
local function find_alike(keys, places, percent)
  local found = {}
  if call('EXISTS', unpack(keys)) == 0 then
    return found
  end
  local seen, number, looked_at = {}, 0, 0
  for _, key in ipairs(keys) do
    for _, name in ipairs(call('LRANGE', key, 0, MAX_CANDIDATES - 1)) do
      looked_at = looked_at + 1
      if not seen[name] then
        seen[name] = true
        local other = read_text(name)
        if other then
          number = number + 1
          if likeness_percent(places, other[3]) >= percent then
            found[#found + 1] = name
          end
        end
      end
      if number >= MAX_CANDIDATES or looked_at >= 4 * MAX_CANDIDATES then
        return found
      end
    end
  end
  return found
end

local function find_similar(question, event, at)
  local keys = band_keys(question[2], question[3], question[4])
  local crowd = new_crowd()
  for _, name in ipairs(find_alike(keys, question[5], question[3])) do
    local sendings = read_sendings(key_prefix .. name .. ':sent')
    add_to_crowd(crowd, sendings or {}, at - question[4], event.sender)
  end
  return encode_crowd(crowd)
end

local function forget_bands(name)
  local likeness, window_ms = string.match(name, '^text:(%d+):(%d+):')
  local text = read_text(name)
  if text then
    for _, key in ipairs(band_keys(text[1], likeness, window_ms)) do
      call('LREM', key, 1, name)
    end
  end
end

-- Only a nearly equal text joins another's entry; otherwise the entry's content would drift.
local function add_similar(question, event, at, now)
  local sketch, likeness, window_ms = question[2], question[3], question[4]
  local keys, kept_ms = band_keys(sketch, likeness, window_ms), kept_for(window_ms)
  local name, places = find_alike(keys, question[5], ALL_BUT_THE_SAME)[1], question[5]
  local text = name and read_text(name)
  local until_ms = text and text[2] or 0
  if not name then
    local piece = string.sub(sketch, 1, BAND_CHARS)
    name = 'text:' .. likeness .. ':' .. window_ms .. ':' .. event.key .. ':' .. piece
  elseif text[1] ~= sketch then
    sketch, places = text[1], text[3]
    keys = until_ms < now + kept_ms and band_keys(sketch, likeness, window_ms) or keys
  end
  if until_ms < now + kept_ms then
    local longer_ms = floor(kept_ms * 1.5)
    for _, key in ipairs(keys) do
      if not text then
        call('LPUSH', key, name)
        call('LTRIM', key, 0, MAX_CANDIDATES - 1)
      end
      call('PEXPIRE', key, longer_ms)
    end
    call('SET', key_prefix .. name, encode({sketch, now + longer_ms, places}), 'PX', longer_ms)
    index_key('texts', MAX_TEXTS, name, now + longer_ms, now, {'', ':sent'}, forget_bands)
  end
  add_sending(key_prefix .. name .. ':sent', event, at, kept_ms)
  return key_prefix .. name .. ':sent'
end
