-- Questions about an event: answered, and then added where they count. Answers are stored with the
-- reservation.

local function reservations_key()
  return key_prefix .. 'reserved'
end

-- Returns questions without those that only group others.
local function without_groups(questions, into)
  for _, question in ipairs(questions) do
    if question[1] == 'together' then
      without_groups(question[2], into)
    else
      into[#into + 1] = question
    end
  end
  return into
end

-- Returns the fields of a sender's own units of each count among questions.
local function own_fields(questions, of)
  local fields = {}
  for _, question in ipairs(questions) do
    if question[1] == 'count' then
      fields[#fields + 1] = own_field(of, question)
    end
  end
  return fields
end

-- Returns the windows of all counts among questions.
local function read_windows(questions)
  local counts, names, windows = {}, {}, {}
  for _, question in ipairs(questions) do
    if question[1] == 'count' then
      counts[#counts + 1] = question
      names[#names + 1] = key_prefix .. window_name(question)
    end
  end
  if #counts > 0 then
    for place, window in ipairs(call('MGET', unpack(names))) do
      windows[counts[place]] = window
    end
  end
  return windows
end

local answer

local function answer_each(questions, reservation, counted)
  local answers = {}
  for place, question in ipairs(questions) do
    answers[place] = answer(question, reservation, counted)
  end
  return answers
end

function answer(question, reservation, counted)
  local kind, at = question[1], reservation.at
  if kind == 'count' then
    local is_with_own = question[6] == 'signed' or question[6] == ''
    local own = is_with_own and counted.pending[own_field(reservation.of, question)] or 0
    return {counted.windows[question] or '', own}
  elseif kind == 'members' then
    return question[6] and list_members(question, at) or {}
  elseif kind == 'thing' then
    return find_thing(question[2], question[3])
  elseif kind == 'things' then
    local found = {}
    for place, digest in ipairs(question[2]) do
      found[place] = find_thing(digest, question[3])
    end
    return found
  elseif kind == 'similar' then
    return find_similar(question)
  elseif kind == 'unsigned' then
    return reservation.is_retry and 1 or 0
  elseif kind == 'people' then
    return people_by_group(key_prefix .. people_name(question[2], question[3]), at - question[3])
  elseif kind == 'said' then
    return list_sayings(question)
  end
  return answer_each(question[2], reservation, counted)
end

-- Adds what counts independent of the decision.
local function add_sent(question, reservation)
  local kind, at, undo = question[1], reservation.at, reservation.undo
  if kind == 'thing' then
    undo[#undo + 1] = {'thing', add_thing(question[2], question[3], reservation, at)}
  elseif kind == 'things' and question[4] then
    local excused = reservation.undo_excused
    for _, digest in ipairs(question[2]) do
      excused[#excused + 1] = {'thing', add_thing(digest, question[3], reservation, at)}
    end
  elseif kind == 'similar' then
    undo[#undo + 1] = {'text', add_similar(question, reservation, at)}
  elseif kind == 'said' and question[3] then
    undo[#undo + 1] = {'said', add_saying(question, reservation, at)}
  end
end

-- Answers all questions before it adds anything, since two may use one counter. `pending` are the
-- sender's own units by their fields, `each` the questions without groups. Returns the answers, and
-- fields and values for the hash of reservations.
local function ask(questions, each, reservation, pending)
  for _, question in ipairs(each) do
    if question[1] == 'unsigned' then
      look_up_unsigned(question, reservation)
    end
  end
  local counted = {windows = read_windows(each), pending = pending}
  local answers = answer_each(questions, reservation, counted)
  local values = {}
  for _, question in ipairs(each) do
    if question[1] == 'count' and has_own_pending(question) then
      local field = own_field(reservation.of, question)
      pending[field] = pending[field] + question[5]
      values[#values + 1] = field
      values[#values + 1] = pending[field]
    elseif not reservation.is_retry then
      add_sent(question, reservation)
    end
  end
  return answers, values
end
