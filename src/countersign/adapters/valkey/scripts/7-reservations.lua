-- Reservations of pending events: made, settled and cancelled. All of a community's are in one hash,
-- with the units of senders' own pending events; so one is not evicted without the others.
-- Events that are pending, and those that were settled less than RESERVED_FOR_MS after they were
-- reserved: for so long their reservations say only that.
local MAX_RESERVED = 20000
local MAX_EXPIRED_AT_ONCE = 100
local SETTLED = ''
-- Communities of which a call has removed expired reservations.
local is_expired

local function times_key()
  return key_prefix .. 'reserved:times'
end

-- The field with the answers, which only those read who ask again about the event.
local function answers_field(key)
  return key .. 'a'
end

local function read_reservation(key)
  local raw = call('HGET', reservations_key(), key)
  return raw and raw ~= SETTLED and decode(raw) or nil
end

-- Returns a reservation, if there is one, a sender's own pending units by their fields, and whether
-- the event was settled a moment ago.
local function read_with_own(key, fields)
  local values, pending = call('HMGET', reservations_key(), key, unpack(fields)), {}
  for place, field in ipairs(fields) do
    pending[field] = tonumber(values[place + 1] or 0)
  end
  if values[1] == SETTLED then
    return nil, pending, true
  end
  return values[1] and decode(values[1]) or nil, pending, false
end

-- Sets the time of a reservation, or removes it with false.
local function set_time(key, time)
  local times = reserving[key_prefix] or {}
  reserving[key_prefix], times[key] = times, time
end

local function questions_of(reservation)
  local questions = {}
  for _, packed in ipairs(reservation.packed) do
    without_groups(decode(packed), questions)
  end
  return questions
end

local function undo_additions(additions, reservation)
  for _, undo in ipairs(additions) do
    local kind, name, id = unpack(undo)
    if kind == 'thing' then
      remove_thing(name, reservation, reservation.at)
    elseif kind == 'text' then
      remove_text(name, id, reservation, reservation.at)
    else
      remove_saying(name, reservation.of, reservation.key)
    end
  end
end

-- Removes a reservation and the units that it held. Of one that is settled that much is kept.
local function forget_reservation(reservation, questions, is_settled)
  local fields, units = {}, {}
  for _, question in ipairs(questions) do
    if question[1] == 'count' and has_own_pending(question) then
      fields[#fields + 1] = own_field(reservation.of, question)
      units[#units + 1] = question[5]
    end
  end
  local gone, kept = {answers_field(reservation.key)}, {}
  if is_settled then
    kept = {reservation.key, SETTLED}
  else
    gone[#gone + 1] = reservation.key
    set_time(reservation.key, false)
  end
  if #fields > 0 then
    local left = {}
    for place, pending in ipairs(call('HMGET', reservations_key(), unpack(fields))) do
      local field = fields[place]
      left[field] = (left[field] or tonumber(pending or 0)) - units[place]
    end
    for field, number in pairs(left) do
      if number > 0 then
        kept[#kept + 1] = field
        kept[#kept + 1] = number
      else
        gone[#gone + 1] = field
      end
    end
  end
  call('HDEL', reservations_key(), unpack(gone))
  if #kept > 0 then
    call('HSET', reservations_key(), unpack(kept))
  end
end

local function discard(key)
  local reservation = read_reservation(key)
  if not reservation then
    set_time(key, false)
    return
  end
  forget_reservation(reservation, questions_of(reservation))
  undo_additions(reservation.undo, reservation)
  undo_additions(reservation.undo_excused, reservation)
end

local function discard_all(keys)
  if #keys == 0 then
    return
  end
  local settled = {}
  for place, raw in ipairs(call('HMGET', reservations_key(), unpack(keys))) do
    if raw == SETTLED then
      settled[#settled + 1] = keys[place]
      set_time(keys[place], false)
    else
      discard(keys[place])
    end
  end
  if #settled > 0 then
    call('HDEL', reservations_key(), unpack(settled))
  end
end

local function write_times()
  local times, added, gone = reserving[key_prefix], {}, {}
  reserving[key_prefix] = nil
  for key, time in pairs(times) do
    if time then
      added[#added + 1] = time
      added[#added + 1] = key
    else
      gone[#gone + 1] = key
    end
  end
  if #gone > 0 then
    call('ZREM', times_key(), unpack(gone))
  end
  if #added > 0 then
    call('ZADD', times_key(), unpack(added))
    expire_later(times_key(), RESERVATIONS_KEPT_MS)
  end
end

-- Writes the times of a community's reservations, and discards those beyond their number.
local function end_reserving()
  write_times()
  local beyond = call('ZCARD', times_key()) - MAX_RESERVED
  if beyond > 0 then
    discard_all(call('ZRANGE', times_key(), 0, math.min(beyond, MAX_VALUES) - 1))
    write_times()
  end
end

-- Removes what was reserved too long ago, once in a call for each community. Returns 1 if there may
-- be more of it.
local function expire()
  if is_expired[key_prefix] then
    return 0
  end
  local expired = call(
    'ZRANGEBYSCORE', times_key(), '-inf', now - RESERVED_FOR_MS, 'LIMIT', 0, MAX_EXPIRED_AT_ONCE
  )
  discard_all(expired)
  is_expired[key_prefix] = true
  return #expired == MAX_EXPIRED_AT_ONCE and 1 or 0
end

-- Values for fields beside the reservation's own are optional.
local function write_reservation(reservation, values)
  values = values or {}
  values[#values + 1] = reservation.key
  values[#values + 1] = encode(reservation)
  call('HSET', reservations_key(), unpack(values))
  expire_later(reservations_key(), RESERVATIONS_KEPT_MS)
end

-- Answers the questions about an event that is reserved already; adds only for those that are new.
local function ask_again(questions, reservation, pending)
  local known, unknown, answers, number = {}, {}, {}, 0
  local all_answers = decode(call('HGET', reservations_key(), answers_field(reservation.key)))
  for _, packed in ipairs(reservation.packed) do
    for _, question in ipairs(decode(packed)) do
      number = number + 1
      known[encode(question)] = all_answers[number]
    end
  end
  for _, question in ipairs(questions) do
    if known[encode(question)] == nil then
      unknown[#unknown + 1] = question
    end
  end
  local values = {}
  if #unknown > 0 then
    local further
    further, values = ask(unknown, without_groups(unknown, {}), reservation, pending)
    reservation.packed[#reservation.packed + 1] = encode(unknown)
    for place, question in ipairs(unknown) do
      known[encode(question)] = further[place]
      all_answers[#all_answers + 1] = further[place]
    end
    values[#values + 1] = answers_field(reservation.key)
    values[#values + 1] = encode(all_answers)
  end
  for place, question in ipairs(questions) do
    answers[place] = known[encode(question)]
  end
  return answers, values
end

-- Returns the time of the reservation, and the answers; nothing for an event that was settled a
-- moment ago, to which nothing is added.
local function reserve(key, sender, room, of, place, at, packed)
  expire()
  local questions = decode(packed)
  local each = without_groups(questions, {})
  local reservation, pending, is_settled = read_with_own(key, own_fields(each, of))
  if is_settled then
    return nil
  end
  local answers, values
  if reservation then
    reservation.holders = reservation.holders + 1
    answers, values = ask_again(questions, reservation, pending)
  else
    reservation = {
      key = key, sender = sender, room = room, of = of, place = place, holders = 1,
      at = at > 0 and at or now, made_at = now, packed = {packed}, undo = {}, undo_excused = {},
    }
    set_time(key, now)
    answers, values = ask(questions, each, reservation, pending)
    values[#values + 1] = answers_field(key)
    values[#values + 1] = encode(answers)
  end
  write_reservation(reservation, values)
  return {reservation.at, answers}
end

local function settle(key, settlement)
  local reservation = read_reservation(key)
  if not reservation then
    return
  end
  if now - reservation.made_at >= RESERVED_FOR_MS then
    discard(key)
    return
  end
  local questions = questions_of(reservation)
  forget_reservation(reservation, questions, true)
  settle_unsigned(reservation, settlement)
  for _, question in ipairs(questions) do
    if question[1] == 'count' then
      local on = question[6]
      local counts = on == settlement or (on == '' and not reservation.is_last_again)
      if counts and question[5] > 0 then
        add_to_window(question, reservation.at)
      end
    elseif question[1] == 'members' and question[5] and settlement == 'signed' then
      add_member(question, reservation, reservation.at)
    end
  end
  if settlement == 'excused' then
    undo_additions(reservation.undo_excused, reservation)
  end
end

local function cancel(key)
  expire()
  local reservation = read_reservation(key)
  if not reservation then
    return
  end
  reservation.holders = reservation.holders - 1
  if reservation.holders == 0 then
    discard(key)
  else
    write_reservation(reservation)
  end
end

-- Returns the number of people of each deed by group; nothing if nobody asks for it.
local function note(at, is_asked_for, people)
  local counted = {}
  at = at > 0 and at or now
  for number, person in ipairs(people) do
    local deed, window_ms, user_id, group = unpack(person)
    local key = add_person(deed, window_ms, user_id, group, at)
    if is_asked_for then
      counted[number] = people_by_group(key, at - window_ms)
    end
  end
  return counted
end

-- Uses every feature that operations need; it fails on a server that lacks one.
local function probe()
  local key = key_prefix .. 'probe'
  call('SET', key, encode({now}) .. write(LATEST, now), 'PX', RESERVED_FOR_MS)
  return call('GET', key)
end

local OPERATIONS = {
  reserve = reserve, settle = settle, cancel = cancel, note = note, forget = forget_person,
  expire = expire, probe = probe,
}

local function begin_call()
  call, encode, decode, floor = redis.call, cmsgpack.pack, cmsgpack.unpack, math.floor
  byte, char, find, sub = string.byte, string.char, string.find, string.sub
  read, write = struct.unpack, struct.pack
  now, indexed, expiring, reserving, is_expired = present_ms(), {}, {}, {}, {}
end

local function end_call()
  local prefixes = {}
  for prefix in pairs(reserving) do
    prefixes[#prefixes + 1] = prefix
  end
  for _, prefix in ipairs(prefixes) do
    key_prefix = prefix
    end_reserving()
  end
  write_indexes_and_expiries()
end

local function error_of(reply)
  return {err = type(reply) == 'table' and reply.err or 'ERR ' .. tostring(reply)}
end

-- KEYS are the prefixes for the operations in ARGV, each encoded as MessagePack. An operation that
-- fails has an error as its reply, and does not affect the replies to others. If what is written for
-- all of them at the end cannot be written, the last has the error.
local function run(keys, arguments)
  begin_call()
  local replies = {}
  for place, argument in ipairs(arguments) do
    key_prefix, looked_up = keys[place], {}
    local operation = decode(argument)
    local is_done, reply = pcall(OPERATIONS[operation[1]], unpack(operation, 2))
    replies[place] = is_done and (reply or 0) or error_of(reply)
  end
  local is_done, reply = pcall(end_call)
  if not is_done then
    replies[#replies] = error_of(reply)
  end
  return replies
end

redis.register_function(FUNCTION_NAME, run)
