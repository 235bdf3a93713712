-- Reservations of pending events: made, settled and cancelled.
local MAX_RESERVED = 5000
local MAX_EXPIRED_AT_ONCE = 100
-- The time at the beginning of a call.
local now
local answer, hold

local function pending_key(key)
  return key_prefix .. 'pending:' .. key
end

local function read_reservation(key)
  local raw = call('GET', pending_key(key))
  return raw and decode(raw) or nil
end

local function write_reservation(reservation)
  call('SET', pending_key(reservation.key), encode(reservation), 'PX', reservation.kept_ms)
end

local function undo_addition(undo, reservation)
  if undo[1] == 'sent' then
    remove_sending(undo[2], reservation, reservation.at)
  else
    remove_saying(undo[2], reservation)
  end
end

local function forget_reservation(reservation)
  call('DEL', pending_key(reservation.key))
  call('ZREM', key_prefix .. 'pending', reservation.key)
  for _, held in ipairs(reservation.held) do
    if held.is_own then
      release_own(reservation.of, held)
    end
  end
end

local function discard(key)
  local reservation = read_reservation(key)
  if not reservation then
    call('ZREM', key_prefix .. 'pending', key)
    return
  end
  forget_reservation(reservation)
  for _, undo in ipairs(reservation.undo) do
    undo_addition(undo, reservation)
  end
  for _, undo in ipairs(reservation.undo_excused) do
    undo_addition(undo, reservation)
  end
end

local function expire()
  local expired = call(
    'ZRANGEBYSCORE', key_prefix .. 'pending', '-inf', now - RESERVED_FOR_MS, 'LIMIT', 0,
    MAX_EXPIRED_AT_ONCE
  )
  for _, key in ipairs(expired) do
    discard(key)
  end
end

local function held_of(question)
  return {
    namespace = question[2], counter = question[3], window_ms = question[4], units = question[5],
    on = question[6], is_own = (question[6] == 'signed' or question[6] == '') and question[5] > 0,
  }
end

function answer(question, reservation)
  local kind, at = question[1], reservation.at
  if kind == 'count' then
    local held = held_of(question)
    local key = key_prefix .. window_name(held.namespace, held.counter, held.window_ms)
    local window, units = read_window(key, held.window_ms, at)
    local latest_ms_ago = window and math.max(0, at - window[1]) or 0
    if held.on == 'signed' or held.on == '' then
      units = units + own_pending(reservation.of, held)
    end
    return encode({units, latest_ms_ago})
  elseif kind == 'members' then
    return question[6] and list_members(question, at) or encode({})
  elseif kind == 'thing' then
    return find_thing(question[2], question[3], reservation, at)
  elseif kind == 'things' then
    local crowds = {}
    for place, digest in ipairs(question[2]) do
      crowds[place] = find_thing(digest, question[3], reservation, at)
    end
    return crowds
  elseif kind == 'similar' then
    return find_similar(question, reservation, at)
  elseif kind == 'unsigned' then
    return encode(reservation.is_retry)
  elseif kind == 'people' then
    local key = key_prefix .. people_name(question[2], question[3])
    return people_by_group(key, at - question[3])
  elseif kind == 'said' then
    return list_sayings(question, reservation, at)
  end
  local answers = {}
  for place, each in ipairs(question[2]) do
    answers[place] = answer(each, reservation)
  end
  return answers
end

local function keep_for(reservation, window_ms)
  reservation.kept_ms = math.max(reservation.kept_ms, kept_for(window_ms) + RESERVED_FOR_MS)
end

-- Adds what counts independent of the decision.
local function add_sent(question, reservation)
  local kind, at, undo = question[1], reservation.at, reservation.undo
  if kind == 'thing' then
    local key = add_thing(question[2], question[3], reservation, at, now)
    undo[#undo + 1] = {'sent', key}
    keep_for(reservation, question[3])
  elseif kind == 'things' and question[4] then
    local excused = reservation.undo_excused
    for _, digest in ipairs(question[2]) do
      local key = add_thing(digest, question[3], reservation, at, now)
      excused[#excused + 1] = {'sent', key}
    end
    keep_for(reservation, question[3])
  elseif kind == 'similar' then
    undo[#undo + 1] = {'sent', add_similar(question, reservation, at, now)}
    keep_for(reservation, question[4])
  elseif kind == 'said' and question[3] then
    undo[#undo + 1] = {'said', add_saying(question, reservation, at, now)}
    keep_for(reservation, question[4])
  end
end

function hold(question, reservation)
  local kind = question[1]
  if kind == 'count' then
    local held = held_of(question)
    if held.is_own then
      hold_own(reservation.of, held)
    end
    reservation.held[#reservation.held + 1] = held
  elseif kind == 'members' then
    if question[5] then
      reservation.members[#reservation.members + 1] = {
        room = question[2], window_ms = question[3], most = question[4],
      }
    end
  elseif kind == 'together' then
    for _, each in ipairs(question[2]) do
      hold(each, reservation)
    end
  elseif not reservation.is_retry then
    add_sent(question, reservation)
  end
end

-- Answers all questions before it adds anything, since two may use one counter.
local function ask(questions, reservation)
  for _, question in ipairs(questions) do
    if question[1] == 'unsigned' then
      look_up_unsigned(question, reservation)
    end
  end
  local answers = {}
  for place, question in ipairs(questions) do
    answers[place] = answer(question, reservation)
  end
  for place, question in ipairs(questions) do
    hold(question, reservation)
    reservation.questions[#reservation.questions + 1] = question
    reservation.answers[#reservation.answers + 1] = answers[place]
  end
end

local function answers_to(questions, reservation)
  local known, answers, unknown = {}, {}, {}
  for place, question in ipairs(reservation.questions) do
    known[encode(question)] = reservation.answers[place]
  end
  for _, question in ipairs(questions) do
    if known[encode(question)] == nil then
      unknown[#unknown + 1] = question
    end
  end
  if #unknown > 0 then
    local before = #reservation.questions
    ask(unknown, reservation)
    for place = before + 1, #reservation.questions do
      known[encode(reservation.questions[place])] = reservation.answers[place]
    end
  end
  for place, question in ipairs(questions) do
    answers[place] = known[encode(question)]
  end
  return answers
end

local function reserve(key, sender, room, of, place, at, questions)
  expire()
  local reservation = read_reservation(key)
  if reservation then
    reservation.holders = reservation.holders + 1
    local answers = answers_to(questions, reservation)
    write_reservation(reservation)
    return answers
  end
  reservation = {
    key = key, sender = sender, room = room, of = of, place = place, holders = 1,
    at = at > 0 and at or now, made_at = now, kept_ms = 6 * RESERVED_FOR_MS,
    questions = {}, answers = {}, held = {}, members = {}, undo = {}, undo_excused = {},
    is_retry = false, is_last_again = false,
  }
  call('ZADD', key_prefix .. 'pending', now, key)
  call('PEXPIRE', key_prefix .. 'pending', INDEX_KEPT_MS)
  if call('ZCARD', key_prefix .. 'pending') > MAX_RESERVED then
    discard(call('ZRANGE', key_prefix .. 'pending', 0, 0)[1])
  end
  ask(questions, reservation)
  write_reservation(reservation)
  return reservation.answers
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
  forget_reservation(reservation)
  settle_unsigned(reservation, settlement, now)
  for _, held in ipairs(reservation.held) do
    local counts = held.on == settlement or (held.on == '' and not reservation.is_last_again)
    if counts and held.units > 0 then
      add_to_window(held, reservation.at, now)
    end
  end
  if settlement == 'excused' then
    for _, undo in ipairs(reservation.undo_excused) do
      undo_addition(undo, reservation)
    end
  elseif settlement == 'signed' then
    for _, member in ipairs(reservation.members) do
      add_member(member, reservation, now)
    end
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

local function note(at, people)
  local counted = {}
  for number, person in ipairs(people) do
    local deed, window_ms, user_id, group = unpack(person)
    counted[number] = add_person(deed, window_ms, user_id, group, at > 0 and at or now, now)
  end
  return counted
end

-- Uses every feature that operations need; it fails on a server that lacks one.
local function probe()
  local key = key_prefix .. 'probe'
  call('SET', key, encode({now}), 'PX', RESERVED_FOR_MS)
  return call('GET', key)
end

local OPERATIONS = {
  reserve = reserve, settle = settle, cancel = cancel, note = note, forget = forget_person,
  probe = probe,
}

-- KEYS are the prefixes for the operations in ARGV, each encoded as MessagePack. An operation that
-- fails has an error as its reply, and does not affect the replies to others.
local function run(keys, arguments)
  call, encode, decode, floor = redis.call, cmsgpack.pack, cmsgpack.unpack, math.floor
  now = present_ms()
  local replies = {}
  for place, argument in ipairs(arguments) do
    key_prefix = keys[place]
    local operation = decode(argument)
    local is_done, reply = pcall(OPERATIONS[operation[1]], unpack(operation, 2))
    if is_done then
      replies[place] = reply or 0
    else
      replies[place] = {err = type(reply) == 'table' and reply.err or 'ERR ' .. tostring(reply)}
    end
  end
  return replies
end

redis.register_function(FUNCTION_NAME, run)
