-- Windows, counted in slices: {latest time, slice, units, slice, units, …}, the oldest slice first.
local SLICES = 100
local MAX_COUNTERS = {events = 50000, mentions = 20000, refusals = 50000, warnings = 50000}

local function window_name(namespace, counter, window_ms)
  return 'count:' .. namespace .. ':' .. counter .. ':' .. window_ms
end

-- Returns a window without expired slices, and its units; nil if it is empty.
local function read_window(key, window_ms, at)
  local raw = call('GET', key)
  if not raw then
    return nil, 0
  end
  local window = decode(raw)
  local oldest, units, kept = floor(at * SLICES / window_ms) - SLICES, 0, {window[1]}
  for place = 2, #window, 2 do
    if window[place] >= oldest then
      kept[#kept + 1] = window[place]
      kept[#kept + 1] = window[place + 1]
      units = units + window[place + 1]
    end
  end
  if #kept == 1 then
    return nil, 0
  end
  return kept, units
end

local function add_to_window(held, at, now)
  local name = window_name(held.namespace, held.counter, held.window_ms)
  local key, current = key_prefix .. name, floor(at * SLICES / held.window_ms)
  local window = read_window(key, held.window_ms, at) or {at}
  local last = #window - 1
  if last >= 2 and window[last] >= current then
    window[last + 1] = window[last + 1] + held.units
  else
    window[#window + 1] = current
    window[#window + 1] = held.units
  end
  window[1] = math.max(window[1], at)
  local kept_ms = held.window_ms + math.ceil(held.window_ms / SLICES) + 1
  call('SET', key, encode(window), 'PX', kept_ms)
  local most = MAX_COUNTERS[held.namespace] or MAX_COUNTERS.mentions
  index_key(held.namespace, most, name, now + kept_ms, now, NO_SUFFIX)
end

-- The field for a sender's pending units, which count for that sender only.
local function own_field(held)
  return held.namespace .. ':' .. held.counter .. ':' .. held.window_ms
end

local function own_pending(of, held)
  return tonumber(call('HGET', key_prefix .. 'own:' .. of, own_field(held)) or 0)
end

local function hold_own(of, held)
  local key = key_prefix .. 'own:' .. of
  call('HINCRBY', key, own_field(held), held.units)
  call('PEXPIRE', key, 2 * RESERVED_FOR_MS)
end

local function release_own(of, held)
  local key, field = key_prefix .. 'own:' .. of, own_field(held)
  if call('HINCRBY', key, field, -held.units) <= 0 then
    call('HDEL', key, field)
  end
end
