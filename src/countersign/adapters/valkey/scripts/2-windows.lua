-- Windows, counted in slices. A window is packed: the latest time, then slice and units of each
-- slice, the oldest first. Whoever asks adds them up, and leaves out those that are too old.
local SLICES = 100
local LATEST, LATEST_BYTES = '>I8', 8
local SLICE, SLICE_BYTES = '>I8I4', 12
-- An index is told of a counter that is in use four times in each window.
local SLICES_INDEXED = 25
local MAX_COUNTERS = {events = 50000, mentions = 20000, refusals = 50000, warnings = 50000}

-- A count is {'count', namespace, counter, window, units, settlement}; the settlement is empty if
-- the units count whatever it is.
local function window_name(count)
  return 'window:' .. count[2] .. ':' .. count[3] .. ':' .. count[4]
end

-- Returns the latest time of a window and its slices without those that are too old.
local function current_slices(window, oldest)
  local from = LATEST_BYTES + 1
  while from <= #window and read(SLICE, window, from) < oldest do
    from = from + SLICE_BYTES
  end
  return read(LATEST, window), sub(window, from)
end

local function add_to_window(count, at)
  local name, window_ms, units = window_name(count), count[4], count[5]
  local key, current = key_prefix .. name, floor(at * SLICES / window_ms)
  local window = call('GET', key)
  local latest, slices, last = at, '', nil
  if window then
    latest, slices = current_slices(window, current - SLICES)
  end
  if slices == '' then
    latest = at
  else
    last = #slices - SLICE_BYTES + 1
  end
  local last_slice, last_units
  if last then
    last_slice, last_units = read(SLICE, slices, last)
  end
  if last and last_slice >= current then
    slices = sub(slices, 1, last - 1) .. write(SLICE, last_slice, last_units + units)
  else
    slices = slices .. write(SLICE, current, units)
  end
  local kept_ms = window_ms + math.ceil(window_ms / SLICES) + 1
  call('SET', key, write(LATEST, math.max(latest, at)) .. slices, 'PX', kept_ms)
  if not last or floor(last_slice / SLICES_INDEXED) ~= floor(current / SLICES_INDEXED) then
    local most = MAX_COUNTERS[count[2]] or MAX_COUNTERS.mentions
    index_key(count[2], most, name, now + kept_ms, NO_SUFFIX)
  end
end

-- Units that are pending count for their sender only. They are in the hash of the reservations.
local function has_own_pending(count)
  return (count[6] == 'signed' or count[6] == '') and count[5] > 0
end

local function own_field(of, count)
  return of .. ':' .. count[2] .. ':' .. count[3] .. ':' .. count[4]
end
