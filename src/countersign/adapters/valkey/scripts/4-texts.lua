-- Texts are found by the bands of their minhashes. A minhash ("sketch") is 64 places of four bytes,
-- and a band four of them. Texts that are compared with each other are in two hashes, the new one
-- and the old one, which the new one becomes after some time or when it is full. A hash has
--   band -> IDs of the texts that share it, the latest last
--   ID of a text -> sketch
--   ID of a text, 's' -> its sendings
--   'about' -> when the hash began, and the number of its texts
local PLACES, SKETCH_BYTES, BAND_BYTES, ID_BYTES = 64, 256, 16, 12
local ABOUT = '>I8I4'
local TEXT_SUFFIXES = {':new', ':old'}
-- What an operation has found of a kind of texts; forgotten when one of them is added or removed.
local looked_up

local function read_places(sketch)
  return {read('>' .. string.rep('I4', PLACES), sketch)}
end

local function texts_name(question)
  return 'texts:' .. question[3] .. ':' .. question[4]
end

local function bands_of(sketch)
  local bands = {}
  for from = 1, SKETCH_BYTES, BAND_BYTES do
    bands[#bands + 1] = sub(sketch, from, from + BAND_BYTES - 1)
  end
  return bands
end

local function likeness_percent(sketch, places, other)
  if sketch == other then
    return 100
  end
  local same, others = 0, read_places(other)
  for place = 1, PLACES do
    if places[place] == others[place] then
      same = same + 1
    end
  end
  return floor(same * 100 / PLACES)
end

local function read_text(key, id)
  for _, suffix in ipairs(TEXT_SUFFIXES) do
    local sketch, sendings = unpack(call('HMGET', key .. suffix, id, id .. 's'))
    if sketch and sendings then
      return {id = id, suffix = suffix, sketch = sketch, sendings = sendings}
    end
  end
end

-- Returns the texts that share a band, with their likeness, the latest of each band first.
local function candidates(key, sketch, bands_new, bands_old)
  local found, seen, places, looked_at = {}, {}, nil, 0
  for band = 1, #bands_new do
    local ids = (bands_old[band] or '') .. (bands_new[band] or '')
    for from = #ids - ID_BYTES + 1, 1, -ID_BYTES do
      local id = sub(ids, from, from + ID_BYTES - 1)
      local text = not seen[id] and read_text(key, id)
      seen[id], looked_at = true, looked_at + 1
      if text then
        places = places or read_places(sketch)
        text.percent = likeness_percent(sketch, places, text.sketch)
        found[#found + 1] = text
      end
      if #found >= MAX_CANDIDATES or looked_at >= 4 * MAX_CANDIDATES then
        return found
      end
    end
  end
  return found
end

-- Returns what is known of a text's kind, and of texts that may be like it.
local function look_up(question)
  local name, sketch = texts_name(question), question[2]
  local key = key_prefix .. name
  local known = looked_up[key]
  if known and known.sketch == sketch then
    return known
  end
  local bands = bands_of(sketch)
  local bands_old = call('HMGET', key .. ':old', unpack(bands))
  bands[#bands + 1] = 'about'
  local bands_new = call('HMGET', key .. ':new', unpack(bands))
  local about = table.remove(bands_new, #bands)
  known = {name = name, key = key, sketch = sketch, bands = bands_new}
  known.began, known.number = now, 0
  if about then
    known.began, known.number = read(ABOUT, about)
  end
  known.texts = candidates(key, sketch, bands_new, bands_old)
  looked_up[key] = known
  return known
end

local function find_similar(question)
  local sendings = {}
  for _, text in ipairs(look_up(question).texts) do
    if text.percent >= question[3] then
      sendings[#sendings + 1] = text.sendings
    end
  end
  return sendings
end

-- Returns true if a hash has its share of all texts, or could have more when it is looked at again,
-- which is after some texts.
local function is_full(number)
  local step = math.max(1, floor(MAX_TEXTS / (4 * MAX_KINDS_OF_TEXTS)))
  if number % step ~= 0 then
    return false
  end
  local kinds = math.max(1, call('ZCOUNT', key_prefix .. 'index:kinds', now, '+inf'))
  return number + step > MAX_TEXTS / (2 * kinds)
end

-- Makes the new hash the old one if it is old enough or full.
local function turn(known, kept_ms)
  local is_old = known.began + kept_ms <= now
  if known.number == 0 or not (is_old or is_full(known.number)) then
    return
  end
  -- A large hash is removed by another thread of the server only if it is told to.
  call('UNLINK', known.key .. ':old')
  call('RENAME', known.key .. ':new', known.key .. ':old')
  call('PEXPIRE', known.key .. ':old', kept_ms)
  known.began, known.number, known.bands = now, 0, {}
  for _, text in ipairs(known.texts) do
    text.suffix = text.suffix == ':new' and ':old' or ':none'
  end
end

-- Puts a text into the new hash, with its bands.
local function put_text(known, text, kept_ms)
  local bands, values = bands_of(text.sketch), {}
  local ids = known.bands
  if text.sketch ~= known.sketch then
    ids = call('HMGET', known.key .. ':new', unpack(bands))
  end
  for band, piece in ipairs(bands) do
    values[#values + 1] = piece
    values[#values + 1] = sub((ids[band] or '') .. text.id, -MAX_CANDIDATES * ID_BYTES)
  end
  values[#values + 1] = text.id
  values[#values + 1] = text.sketch
  values[#values + 1] = text.id .. 's'
  values[#values + 1] = text.sendings
  values[#values + 1] = 'about'
  values[#values + 1] = write(ABOUT, known.began, known.number + 1)
  call('HSET', known.key .. ':new', unpack(values))
  if text.suffix == ':old' then
    call('HDEL', known.key .. ':old', text.id, text.id .. 's')
  end
  if known.number == 0 then
    expire_later(known.key .. ':new', 2 * kept_ms)
    index_key('kinds', MAX_KINDS_OF_TEXTS, known.name, now + 2 * kept_ms, TEXT_SUFFIXES)
  end
end

-- Only a nearly equal text joins another's entry; otherwise the entry's content would drift.
local function add_similar(question, event, at)
  local known, kept_ms = look_up(question), kept_for(question[4])
  turn(known, kept_ms)
  local text
  for _, other in ipairs(known.texts) do
    if other.percent >= ALL_BUT_THE_SAME and other.suffix ~= ':none' then
      text = other
      break
    end
  end
  if not text then
    text = {id = sub(event.key, 1, ID_BYTES), sketch = known.sketch, sendings = NO_SENDINGS}
  end
  text.sendings = add_sending(text.sendings, event, at)
  if text.suffix == ':new' then
    call('HSET', known.key .. ':new', text.id .. 's', text.sendings)
  else
    put_text(known, text, kept_ms)
  end
  looked_up[known.key] = nil
  return known.name, text.id
end

local function remove_text(name, id, event, at)
  local text = read_text(key_prefix .. name, id)
  local others = text and remove_sending(text.sendings, event, at)
  if others then
    call('HSET', key_prefix .. name .. text.suffix, id .. 's', others)
    looked_up[key_prefix .. name] = nil
  end
end
