-- All statements of the stores, by name; `postgres/queries.sql` has variants for PostgreSQL. A
-- value that may be NULL is first compared and then tested for NULL, since PostgreSQL derives its
-- type from the first use.

-- name: insert_name
-- Gives a name a number, unless it has one.
INSERT INTO names (name) VALUES (?) ON CONFLICT DO NOTHING

-- name: find_name
SELECT number FROM names WHERE name = ?

-- name: insert_decision
-- Records a decision, unless its key has one.
INSERT INTO decisions
    (
        key, event_id, decided_ts, verdict, decision, summary, room, sender, event_type, asked_by,
        policy_revision
    )
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO NOTHING

-- name: find_decision
-- On the sign path: finds a decision by its key.
SELECT * FROM recorded_decisions WHERE key = :key

-- name: decisions_by_key_range
-- The decisions in a range of keys, which a short reference stands for.
SELECT * FROM recorded_decisions WHERE key BETWEEN :first AND :last ORDER BY key LIMIT :limit

-- name: decisions_by_event_id
-- The decisions on an event ID that is not derived from the key.
SELECT * FROM recorded_decisions WHERE event_id = :event_id ORDER BY number DESC LIMIT :limit

-- name: number_of_decision
SELECT number FROM decisions WHERE key = :key

-- name: number_bounds
-- The first and last decision in a time, found by the index of times only.
SELECT min(number), max(number) FROM decisions
WHERE decided_ts >= :since_ts AND decided_ts < :before_ts

-- name: number_bounds_with_findings
-- Likewise among decisions with findings, which are few, by their own index of times.
SELECT min(number), max(number) FROM decisions
WHERE decision IS NOT NULL AND decided_ts >= :since_ts AND decided_ts < :before_ts

-- name: numbers_of_all
SELECT number FROM decisions
WHERE number >= :first AND number < :before ORDER BY number DESC

-- name: numbers_of_refusals
SELECT number FROM decisions
WHERE verdict = 'refuse' AND number >= :first AND number < :before ORDER BY number DESC

-- name: numbers_in_room
SELECT number FROM decisions
WHERE room = (SELECT number FROM names WHERE name = :room_id)
    AND number >= :first AND number < :before
ORDER BY number DESC

-- name: numbers_of_refusals_in_room
SELECT number FROM decisions
WHERE room = (SELECT number FROM names WHERE name = :room_id)
    AND verdict = 'refuse' AND number >= :first AND number < :before
ORDER BY number DESC

-- name: numbers_of_sender
SELECT number FROM decisions
WHERE sender = (SELECT number FROM names WHERE name = :sender)
    AND number >= :first AND number < :before
ORDER BY number DESC

-- name: numbers_of_server
SELECT number FROM decisions
WHERE sender IN (
        SELECT number FROM names
        WHERE name >= '@' AND name < 'A' AND substr(name, instr(name, ':') + 1) = :server
    )
    AND number >= :first AND number < :before
LIMIT :limit

-- name: numbers_by_name
-- The decisions with a finding of a step with this label, or of a filter with this name.
SELECT number FROM found_names
WHERE name = :name AND number >= :first AND number < :before ORDER BY number DESC

-- name: numbers_by_score
SELECT number FROM found_scores
WHERE score >= :min_score AND (score <= :max_score OR :max_score IS NULL)
    AND number >= :first AND number < :before

-- name: find_found_until
SELECT number, (SELECT max(number) FROM decisions) AS last FROM found_until

-- name: move_found_until
UPDATE found_until SET number = :until

-- name: insert_found_names
INSERT OR IGNORE INTO found_names (name, number)
SELECT nullif(found.atom, ''), decisions.number
FROM decisions, json_tree(
    CASE WHEN json_valid(decision) THEN decision ELSE '{}' END, '$.findings'
) AS found
WHERE decision IS NOT NULL AND decisions.number > :after AND decisions.number <= :until
    AND found.key IN ('filter', 'step')

-- name: insert_found_scores
INSERT OR IGNORE INTO found_scores (score, number)
SELECT json_extract(decision, '$.score'), number FROM decisions
WHERE decision IS NOT NULL AND json_valid(decision) AND number > :after AND number <= :until

-- name: decisions_among
-- Of these numbers, the decisions that may match a search; the caller checks each. It joins the
-- tables itself: the view opens a cursor for each name of each row, which took most of the time of
-- a search in many rooms.
SELECT
    found.key, found.event_id, found.decided_ts, found.verdict, found.decision, found.details_gone,
    rooms.name AS room_id, coalesce(senders.name, '') AS sender, types.name AS event_type,
    askers.name AS asked_by, revisions.name AS policy_revision
FROM decisions AS found
    LEFT JOIN names AS rooms ON rooms.number = found.room
    LEFT JOIN names AS senders ON senders.number = found.sender
    LEFT JOIN names AS types ON types.number = found.event_type
    LEFT JOIN names AS askers ON askers.number = found.asked_by
    LEFT JOIN names AS revisions ON revisions.number = found.policy_revision
WHERE found.number IN (SELECT value FROM json_each(:numbers))
    AND found.decided_ts >= :since_ts AND found.decided_ts < :before_ts
    AND (:verdict IS NULL OR found.verdict = :verdict)
    AND (:sender IS NULL OR senders.name = :sender)
    AND (:server IS NULL OR substr(senders.name, instr(senders.name, ':') + 1) = :server)
    AND (:rooms IS NULL OR rooms.name IN (SELECT value FROM json_each(:rooms)))
    AND (:name IS NULL OR EXISTS (
        SELECT 1 FROM found_names WHERE found_names.name = :name
            AND found_names.number = found.number
    ))
    AND (:min_score IS NULL OR coalesce(json_extract(found.decision, '$.score'), 0) >= :min_score)
    AND (:max_score IS NULL OR coalesce(json_extract(found.decision, '$.score'), 0) <= :max_score)
ORDER BY found.number DESC

-- name: count_decisions
SELECT count(*) FROM decisions

-- name: details_of
SELECT key, sender FROM decisions WHERE number = :number AND details_gone IS NULL

-- name: delete_details
UPDATE decisions SET
    event_id = NULL, decision = NULL, details_gone = :because,
    sender = (SELECT number FROM names WHERE name = ''),
    event_type = (SELECT number FROM names WHERE name = ''),
    asked_by = (SELECT number FROM names WHERE name = ''),
    decided_ts = decided_ts - decided_ts % 86400000
WHERE number = :number

-- name: find_unused_sender
SELECT name FROM names
WHERE number = :number AND name LIKE '@%'
    AND NOT EXISTS (SELECT 1 FROM decisions WHERE sender = :number)
    AND NOT EXISTS (SELECT 1 FROM decisions WHERE room = :number)

-- name: delete_name
-- The row of the greatest number stays without the name: no number is ever given to another one.
DELETE FROM names WHERE name = :name AND number < (SELECT max(number) FROM names)

-- name: strike_out_name
UPDATE names SET name = 'deleted ' || number WHERE name = :name

-- name: detailed_of_sender
SELECT number FROM decisions
WHERE sender = (SELECT number FROM names WHERE name = :user_id) ORDER BY number

-- name: detailed_of_room
SELECT number FROM decisions
WHERE room = (SELECT number FROM names WHERE name = :room_id) AND details_gone IS NULL
ORDER BY number

-- name: leaks_of_room
SELECT number FROM leaks WHERE room_id = :room_id

-- name: primary_key_of
SELECT name FROM pragma_table_info(:table_name) WHERE pk ORDER BY pk

-- name: tables_of_communities
SELECT tables.name FROM sqlite_schema AS tables
WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite%' AND EXISTS (
    SELECT 1 FROM pragma_table_info(tables.name) AS columns WHERE columns.name = 'community'
)
ORDER BY tables.name

-- name: delete_trust
DELETE FROM acquaintances WHERE user_id = :user_id AND (given IS NULL OR NOT :keep_given)

-- name: empty_given_trust
UPDATE acquaintances
SET first_seen_ts = 0, accepted_events = 0, active_days = 0, last_active_day = -1
WHERE user_id = :user_id

-- name: settled_leaks_of_sender
SELECT number FROM leaks
WHERE sender = :user_id AND NOT EXISTS (
    SELECT 1 FROM hand_overs WHERE leak = leaks.number AND state = 'waiting'
)

-- name: audit_with_details
SELECT id, subject FROM audit WHERE subject IS NOT NULL AND details <> '{}'

-- name: is_decided_in_room
SELECT 1 FROM decisions
WHERE key BETWEEN :first AND :last
    AND room = (SELECT number FROM names WHERE name = :room_id)

-- name: erase_audit_details
UPDATE audit SET details = '{"erased": true}' WHERE id = :id

-- name: settled_leaks_of_room
SELECT number FROM leaks
WHERE room_id = :room_id AND NOT EXISTS (
    SELECT 1 FROM hand_overs WHERE leak = leaks.number AND state = 'waiting'
)

-- name: delete_outbox_rows
DELETE FROM hand_overs WHERE leak = :leak

-- name: delete_leak
DELETE FROM leaks WHERE number = :number

-- name: find_cut_off
SELECT cut_off_ts, moved_ts, number FROM retention_cut_offs WHERE kind = :kind

-- name: move_cut_off
INSERT INTO retention_cut_offs (kind, cut_off_ts, moved_ts, number)
VALUES (:kind, :cut_off_ts, :moved_ts, 0)
ON CONFLICT (kind) DO UPDATE SET cut_off_ts = excluded.cut_off_ts, moved_ts = excluded.moved_ts

-- name: note_detail_number
UPDATE retention_cut_offs SET number = :number WHERE kind = :kind

-- name: oldest_detailed_signed
SELECT decided_ts FROM decisions
WHERE number > :number AND details_gone IS NULL AND verdict = 'sign' AND decided_ts <= :now_ts
ORDER BY number LIMIT 1

-- name: oldest_detailed_refused
SELECT decided_ts FROM decisions
WHERE number > :number AND details_gone IS NULL AND verdict = 'refuse' AND decided_ts <= :now_ts
ORDER BY number LIMIT 1

-- name: last_expired_signed
-- The last expired decision before the first one that is kept.
SELECT max(number) FROM decisions
WHERE number > :number AND verdict = 'sign' AND decided_ts < :before_ts
    AND number < coalesce(
        (
            SELECT number FROM decisions
            WHERE number > :number AND verdict = 'sign'
                AND decided_ts >= :before_ts AND decided_ts <= :now_ts
            ORDER BY number LIMIT 1
        ),
        9223372036854775807
    )

-- name: last_expired_refused
SELECT max(number) FROM decisions
WHERE number > :number AND verdict = 'refuse' AND decided_ts < :before_ts
    AND number < coalesce(
        (
            SELECT number FROM decisions
            WHERE number > :number AND verdict = 'refuse'
                AND decided_ts >= :before_ts AND decided_ts <= :now_ts
            ORDER BY number LIMIT 1
        ),
        9223372036854775807
    )

-- name: detailed_signed
SELECT number FROM decisions
WHERE number > :number AND number <= :last AND verdict = 'sign' ORDER BY number LIMIT :limit

-- name: detailed_refused
SELECT number FROM decisions
WHERE number > :number AND number <= :last AND verdict = 'refuse' ORDER BY number LIMIT :limit

-- name: insert_outcome
INSERT INTO outcomes (key, reference, kind, actor, happened_ts, note, steps)
VALUES (:key, :reference, :kind, :actor, :happened_ts, :note, :steps)

-- name: outcomes_of
SELECT * FROM outcomes
WHERE reference = :reference AND (key IS NULL OR key = :key)
ORDER BY number LIMIT 100

-- name: outcomes_since
SELECT * FROM outcomes
WHERE happened_ts >= :since_ts ORDER BY number LIMIT :limit

-- name: upsert_review
INSERT INTO reviews
    (key, reference, community, state, answer, actor, note, refused_ts, first_ts, ts)
VALUES
    (:key, :reference, :community, :state, :answer, :actor, :note, :refused_ts, :first_ts, :ts)
ON CONFLICT (key) DO UPDATE SET
    state = excluded.state, answer = excluded.answer, actor = excluded.actor,
    note = excluded.note, ts = excluded.ts

-- name: reviews_of_keys
-- One statement for thousands of keys of 32 bytes each, which are joined to one value.
WITH RECURSIVE places (place) AS (
    SELECT 0 UNION ALL SELECT place + 1 FROM places WHERE place + 1 < :count
)
SELECT reviews.* FROM places CROSS JOIN reviews
    ON reviews.key = substr(:keys, 1 + 32 * place, 32)

-- name: latest_reviews
SELECT * FROM reviews
WHERE community IN (SELECT value FROM json_each(:communities))
ORDER BY ts DESC, number DESC LIMIT :limit

-- name: insert_sign_in
INSERT INTO browser_sign_ins
    (secret_hash, code, network, browser, began_ts, approved_by, approved_ts, number,
     is_confirmed, wrong_tries)
VALUES
    (:secret_hash, :code, :network, :browser, :began_ts, :approved_by, :approved_ts, :number,
     :is_confirmed, :wrong_tries)

-- name: delete_old_sign_ins
DELETE FROM browser_sign_ins WHERE began_ts < :since_ts

-- name: delete_sign_ins_of_network
DELETE FROM browser_sign_ins WHERE network = :network AND secret_hash NOT IN (
    SELECT secret_hash FROM browser_sign_ins WHERE network = :network
    ORDER BY began_ts DESC, secret_hash LIMIT :kept
)

-- name: delete_oldest_sign_ins
DELETE FROM browser_sign_ins WHERE secret_hash NOT IN (
    SELECT secret_hash FROM browser_sign_ins ORDER BY began_ts DESC, secret_hash LIMIT :kept
)

-- name: sign_ins
SELECT * FROM browser_sign_ins WHERE began_ts >= :since_ts ORDER BY began_ts, secret_hash

-- name: approve_sign_in
UPDATE browser_sign_ins SET approved_by = :user_id, approved_ts = :approved_ts, number = :number
WHERE secret_hash = :secret_hash AND approved_by IS NULL

-- name: sign_ins_to_confirm
SELECT * FROM browser_sign_ins
WHERE approved_by = :user_id AND is_confirmed = 0 AND began_ts >= :since_ts
ORDER BY began_ts, secret_hash

-- name: confirm_sign_in
UPDATE browser_sign_ins SET is_confirmed = 1 WHERE secret_hash = :secret_hash

-- name: count_wrong_tries
UPDATE browser_sign_ins SET wrong_tries = wrong_tries + 1
WHERE approved_by = :user_id AND is_confirmed = 0

-- name: delete_wrongly_tried
DELETE FROM browser_sign_ins
WHERE approved_by = :user_id AND is_confirmed = 0 AND wrong_tries >= :most

-- name: delete_sign_in
DELETE FROM browser_sign_ins WHERE secret_hash = :secret_hash

-- name: delete_approved_sign_ins
DELETE FROM browser_sign_ins WHERE approved_by = :user_id

-- name: delete_ended_sessions
DELETE FROM ended_sessions WHERE ended_ts < :since_ts

-- name: upsert_ended_sessions
INSERT INTO ended_sessions (user_id, ended_ts) VALUES (:user_id, :ended_ts)
ON CONFLICT (user_id) DO UPDATE SET ended_ts = excluded.ended_ts

-- name: insert_session
INSERT INTO dashboard_sessions
    (secret_hash, actor, token_proof, proven_ts, began_ts, used_ts, notices)
VALUES
    (:secret_hash, :actor, :token_proof, :proven_ts, :began_ts, :used_ts, :notices)

-- name: delete_old_sessions
DELETE FROM dashboard_sessions WHERE used_ts < :used_since_ts OR began_ts < :began_since_ts

-- name: delete_sessions_of_actor
DELETE FROM dashboard_sessions WHERE actor = :actor AND secret_hash NOT IN (
    SELECT secret_hash FROM dashboard_sessions WHERE actor = :actor
    ORDER BY used_ts DESC, secret_hash LIMIT :kept
)

-- name: delete_oldest_sessions
DELETE FROM dashboard_sessions WHERE secret_hash NOT IN (
    SELECT secret_hash FROM dashboard_sessions ORDER BY used_ts DESC, secret_hash LIMIT :kept
)

-- name: find_session
-- A sign-in that was under way when its holder ended all sessions opens none. One that began more than
-- ten minutes before that end was deleted then: if it is there, a fast clock wrote the end.
SELECT * FROM dashboard_sessions AS s WHERE secret_hash = :secret_hash AND NOT EXISTS (
    SELECT 1 FROM ended_sessions AS e WHERE e.user_id = s.actor AND e.ended_ts >= s.proven_ts
        AND e.ended_ts <= s.began_ts + 600000
)

-- name: note_session_use
UPDATE dashboard_sessions SET used_ts = :used_ts
WHERE secret_hash = :secret_hash AND used_ts < :used_ts

-- name: keep_session_notices
UPDATE dashboard_sessions SET notices = :notices WHERE secret_hash = :secret_hash

-- name: delete_session
DELETE FROM dashboard_sessions WHERE secret_hash = :secret_hash

-- name: delete_sessions_of
DELETE FROM dashboard_sessions WHERE actor = :user_id

-- name: find_used_token
SELECT used_ts FROM used_openid_tokens WHERE token_hash = :token_hash

-- name: use_token
INSERT INTO used_openid_tokens (token_hash, user_id, used_ts)
VALUES (:token_hash, :user_id, :used_ts)
ON CONFLICT (token_hash) DO NOTHING

-- name: delete_old_used_tokens
DELETE FROM used_openid_tokens WHERE used_ts < :since_ts

-- name: delete_used_tokens_of
DELETE FROM used_openid_tokens WHERE user_id = :user_id AND token_hash NOT IN (
    SELECT token_hash FROM used_openid_tokens WHERE user_id = :user_id
    ORDER BY used_ts DESC, token_hash LIMIT :kept
)

-- name: find_attempts
SELECT rested_ts FROM sign_in_attempts WHERE network = :network

-- name: keep_attempts
INSERT INTO sign_in_attempts (network, rested_ts) VALUES (:network, :rested_ts)
ON CONFLICT (network) DO UPDATE SET rested_ts = excluded.rested_ts

-- name: delete_rested
DELETE FROM sign_in_attempts WHERE rested_ts <= :now_ts

-- name: delete_most_rested
DELETE FROM sign_in_attempts WHERE network NOT IN (
    SELECT network FROM sign_in_attempts ORDER BY rested_ts DESC, network LIMIT :kept
)

-- name: insert_confirmation
INSERT INTO confirmations
    (reference, command, community, actor, face, summary, parameters, asked_ts, expires_ts, state,
     decided_by)
VALUES
    (:reference, :command, :community, :actor, :face, :summary, :parameters, :asked_ts,
     :expires_ts, :state, :decided_by)

-- name: waiting_confirmations
SELECT * FROM confirmations WHERE state = 'waiting' ORDER BY number

-- name: expire_confirmations
UPDATE confirmations SET state = 'expired', parameters = '{}'
WHERE state = 'waiting' AND expires_ts <= :now_ts

-- name: decide_confirmation
UPDATE confirmations SET state = :state, decided_by = :actor, parameters = '{}'
WHERE reference = :reference AND state = 'waiting' AND expires_ts > :now_ts

-- name: confirmation_waits_on
UPDATE confirmations SET state = 'waiting', decided_by = NULL, parameters = :parameters
WHERE reference = :reference

-- name: latest_outcomes_of
SELECT * FROM outcomes
WHERE kind IN (SELECT value FROM json_each(:kinds)) ORDER BY number DESC LIMIT :limit

-- name: upsert_evidence
INSERT INTO evidence (key, sender, kept_ts, texts, is_cut, size_bytes)
VALUES (:key, :sender, :kept_ts, :texts, :is_cut, :size_bytes)
ON CONFLICT (key) DO NOTHING

-- name: evidence_size
SELECT coalesce(sum(size_bytes), 0) FROM evidence

-- name: oldest_evidence
SELECT number, size_bytes FROM evidence ORDER BY number LIMIT 1

-- name: delete_evidence_number
DELETE FROM evidence WHERE number = :number

-- name: find_evidence
SELECT * FROM evidence WHERE key = :key

-- name: delete_evidence
DELETE FROM evidence WHERE key = :key

-- name: upsert_room
-- Keeps the number of a known room.
INSERT INTO rooms (room_id, room_version, membership, via, joined_ts, note, changed)
VALUES (:room_id, :room_version, :membership, :via, :joined_ts, :note, :changed)
ON CONFLICT (room_id) DO UPDATE SET
    room_version = excluded.room_version, membership = excluded.membership,
    via = excluded.via, joined_ts = excluded.joined_ts, note = excluded.note,
    changed = excluded.changed
RETURNING number

-- name: find_room_number
SELECT number FROM rooms WHERE room_id = :room_id

-- name: set_membership
UPDATE rooms SET membership = :membership, note = :note, changed = :changed
WHERE room_id = :room_id

-- name: rooms
SELECT number, room_id, room_version, membership, via, joined_ts, note FROM rooms
ORDER BY room_id

-- name: rooms_after
SELECT number, room_id, room_version, membership, via, joined_ts, note FROM rooms
WHERE room_id > :room_id ORDER BY room_id LIMIT :at_most

-- name: delete_state
DELETE FROM room_state WHERE room = :room

-- name: upsert_state
INSERT INTO room_state (room, type, state_key, event, known_since_ts, changed)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (room, type, state_key) DO UPDATE SET
    event = excluded.event, known_since_ts = excluded.known_since_ts, changed = excluded.changed

-- name: room_state
SELECT type, state_key, event, known_since_ts FROM room_state WHERE room = :room

-- name: changed_rooms
SELECT number, room_id, room_version, membership, via, joined_ts, note FROM rooms
WHERE changed > :changed_after OR number IN (
    SELECT room FROM room_state WHERE changed > :changed_after
)
ORDER BY room_id

-- name: changed_state
SELECT type, state_key, event, known_since_ts FROM room_state
WHERE room = :room AND changed > :changed_after

-- name: room_names
SELECT room_id, type, event FROM rooms JOIN room_state ON room_state.room = rooms.number
WHERE type IN (:name, :alias) AND state_key = ''

-- name: insert_unverified
INSERT INTO unverified_state (room, event_id, event) VALUES (?, ?, ?) ON CONFLICT DO NOTHING

-- name: delete_all_unverified
DELETE FROM unverified_state WHERE room = :room

-- name: delete_unverified
DELETE FROM unverified_state WHERE room = ? AND event_id = ?

-- name: unverified_state
SELECT event FROM unverified_state
WHERE room = (SELECT number FROM rooms WHERE room_id = :room_id) ORDER BY event_id

-- name: upsert_join
INSERT INTO joins_under_way (room_id, via) VALUES (:room_id, :via)
ON CONFLICT (room_id) DO UPDATE SET via = excluded.via

-- name: delete_join
DELETE FROM joins_under_way WHERE room_id = :room_id

-- name: joins_under_way
SELECT room_id, via FROM joins_under_way ORDER BY room_id

-- name: upsert_server_keys
INSERT INTO server_keys (server_name, document, fetched_ts, told_ts, former_keys, changed)
VALUES (:server_name, :document, :fetched_ts, :told_ts, :former_keys, :changed)
ON CONFLICT (server_name) DO UPDATE SET
    document = excluded.document, fetched_ts = excluded.fetched_ts, told_ts = excluded.told_ts,
    former_keys = excluded.former_keys, changed = excluded.changed

-- name: set_former_keys
UPDATE server_keys SET former_keys = :former_keys, changed = :changed
WHERE server_name = :server_name

-- name: server_keys
SELECT server_name, document, fetched_ts, told_ts, former_keys FROM server_keys
WHERE changed > :changed_after ORDER BY server_name

-- name: find_trust
SELECT * FROM acquaintances WHERE community = :community AND user_id = :user_id

-- name: trust_of_users
SELECT * FROM acquaintances
WHERE community = :community AND user_id IN (SELECT value FROM json_each(:users))

-- name: upsert_trust
INSERT INTO acquaintances (
    community, user_id, first_seen_ts, accepted_events, active_days, last_active_day,
    given, given_until_ts, given_reason, changed
)
VALUES (
    :community, :user_id, :first_seen_ts, :accepted_events, :active_days, :last_active_day,
    :given, :given_until_ts, :given_reason, :changed
)
ON CONFLICT (community, user_id) DO UPDATE SET
    first_seen_ts = excluded.first_seen_ts, accepted_events = excluded.accepted_events,
    active_days = excluded.active_days, last_active_day = excluded.last_active_day,
    given = excluded.given, given_until_ts = excluded.given_until_ts,
    given_reason = excluded.given_reason, changed = excluded.changed

-- name: changed_trust
SELECT * FROM acquaintances WHERE changed > :changed_after ORDER BY changed DESC LIMIT :limit

-- name: people_by_time
SELECT first_seen_ts / :window_ms AS time, count(*) AS people FROM acquaintances
WHERE community = :community AND first_seen_ts >= :since_ts AND accepted_events > 0
GROUP BY time

-- name: given_trust
SELECT * FROM acquaintances
WHERE given IS NOT NULL AND (community = :community OR :community IS NULL)
ORDER BY community, user_id

-- name: insert_leak
-- Records a leak, unless its key is known.
INSERT INTO leaks
    (key, reference, room_id, event_id, event_type, sender, brought_by, channel, noticed_ts)
VALUES (
    :key, :reference, :room_id, :event_id, :event_type, :sender, :brought_by, :channel, :noticed_ts
)
ON CONFLICT (key) DO NOTHING
RETURNING number

-- name: count_waiting
SELECT count(*) FROM hand_overs WHERE recipient = :recipient AND state = 'waiting'

-- name: insert_outbox_row
INSERT INTO hand_overs (leak, recipient, state, attempts, outcome)
VALUES (:leak, :recipient, :state, 0, :outcome)

-- name: waiting_leaks
SELECT leaks.* FROM hand_overs JOIN leaks ON leaks.number = hand_overs.leak
WHERE hand_overs.recipient = :recipient AND hand_overs.state = 'waiting'
    AND leaks.room_id NOT IN (SELECT value FROM json_each(:except_rooms))
ORDER BY hand_overs.leak LIMIT :limit

-- name: settle_outbox_row
UPDATE hand_overs
SET state = :state, outcome = :outcome, tried_ts = :tried_ts, attempts = attempts + 1
WHERE leak = (SELECT number FROM leaks WHERE key = :key) AND recipient = :recipient

-- name: waiting_recipients
SELECT DISTINCT recipient FROM hand_overs WHERE state = 'waiting'

-- name: give_up_recipient
UPDATE hand_overs SET state = 'given-up', outcome = :outcome
WHERE recipient = :recipient AND state = 'waiting'

-- name: latest_leaks
SELECT * FROM leaks
WHERE number < (SELECT number FROM leaks WHERE key = :before_key) OR :before_key IS NULL
ORDER BY number DESC LIMIT :limit

-- name: latest_leaks_in_rooms
SELECT * FROM leaks WHERE room_id IN (SELECT value FROM json_each(:rooms))
    AND (number < (SELECT number FROM leaks WHERE key = :before_key) OR :before_key IS NULL)
ORDER BY number DESC LIMIT :limit

-- name: leak
SELECT * FROM leaks WHERE key = :key

-- name: outbox_of_leak
SELECT * FROM hand_overs WHERE leak = :leak ORDER BY recipient

-- name: count_leaks
SELECT count(*) FROM leaks WHERE noticed_ts >= :since_ts

-- name: count_outbox_rows
SELECT count(*) FROM hand_overs JOIN leaks ON leaks.number = hand_overs.leak
WHERE leaks.noticed_ts >= :since_ts AND hand_overs.state = :state

-- name: decisions_with_findings
-- Returns numbers in place of names: the joins took two thirds of the time for a week of rows.
SELECT
    key, event_id, decided_ts, verdict, decision, details_gone,
    room, sender, event_type, asked_by, policy_revision
FROM decisions
WHERE decision IS NOT NULL AND decided_ts >= :since_ts AND decided_ts < :before_ts
    AND (room = (SELECT number FROM names WHERE name = :room_id) OR :room_id IS NULL)
    AND (room IN (
        SELECT number FROM names WHERE name IN (SELECT value FROM json_each(:rooms))
    ) OR :rooms IS NULL)
ORDER BY decided_ts

-- name: summaries_of_decisions
-- By an index that has all of these columns: rows of decisions are large.
SELECT room, sender, summary FROM decisions
WHERE summary <> '' AND decided_ts >= :since_ts AND decided_ts < :before_ts
    AND (room = (SELECT number FROM names WHERE name = :room_id) OR :room_id IS NULL)
    AND (room IN (
        SELECT number FROM names WHERE name IN (SELECT value FROM json_each(:rooms))
    ) OR :rooms IS NULL)

-- name: decisions_without_summaries
-- Those of a program of an earlier version, until they are summarized, and whose summaries are too long.
-- The condition of their index is repeated, so that it is used.
SELECT room, sender, decision FROM decisions
WHERE summary IS NULL AND decision IS NOT NULL AND coalesce(summary, '') = ''
    AND decided_ts >= :since_ts AND decided_ts < :before_ts
    AND (room = (SELECT number FROM names WHERE name = :room_id) OR :room_id IS NULL)
    AND (room IN (
        SELECT number FROM names WHERE name IN (SELECT value FROM json_each(:rooms))
    ) OR :rooms IS NULL)
UNION ALL
SELECT room, sender, decision FROM decisions
WHERE summary = '' AND decision IS NOT NULL AND coalesce(summary, '') = ''
    AND decided_ts >= :since_ts AND decided_ts < :before_ts
    AND (room = (SELECT number FROM names WHERE name = :room_id) OR :room_id IS NULL)
    AND (room IN (
        SELECT number FROM names WHERE name IN (SELECT value FROM json_each(:rooms))
    ) OR :rooms IS NULL)

-- name: decisions_to_summarize
-- In the order of the index that lists them: else all decisions would be looked through.
SELECT number, decision FROM decisions
WHERE summary IS NULL AND decision IS NOT NULL AND coalesce(summary, '') = ''
ORDER BY decided_ts LIMIT :limit

-- name: set_summary
UPDATE decisions SET summary = :summary
WHERE number = :number AND summary IS NULL AND decision = :decision

-- name: names_of_numbers
SELECT number, name FROM names WHERE number IN (SELECT value FROM json_each(:numbers))

-- name: count_decisions_since
-- Found by the index of times only, which a condition on rooms would not use.
SELECT count(*) FROM decisions WHERE decided_ts >= :since_ts AND decided_ts < :before_ts

-- name: count_decisions_in_rooms_since
SELECT count(*) FROM decisions
WHERE decided_ts >= :since_ts AND decided_ts < :before_ts
    AND (room = (SELECT number FROM names WHERE name = :room_id) OR :room_id IS NULL)
    AND (room IN (
        SELECT number FROM names WHERE name IN (SELECT value FROM json_each(:rooms))
    ) OR :rooms IS NULL)

-- name: upsert_allowance
-- Words that are allowed again are allowed for longer, and count as one false positive.
INSERT INTO allowances (community, sender, fingerprint, reference, steps, allowed_ts, until_ts)
VALUES (:community, :sender, :fingerprint, :reference, :steps, :allowed_ts, :until_ts)
ON CONFLICT (community, sender, fingerprint) DO UPDATE SET
    until_ts = max(allowances.until_ts, excluded.until_ts)

-- name: delete_allowance
DELETE FROM allowances
WHERE community = :community AND sender = :sender AND fingerprint = :fingerprint

-- name: allowances
SELECT * FROM allowances
WHERE until_ts > :ending_after_ts AND allowed_ts >= :since_ts
ORDER BY until_ts DESC LIMIT :limit

-- name: upsert_raid
INSERT INTO raids (
    community, started_ts, because, suspect_since_ts, until_ts, ended_ts, suspects, joins, refused,
    domains, words, strict_until_ts, strict_since_ts
)
VALUES (
    :community, :started_ts, :because, :suspect_since_ts, :until_ts, :ended_ts, :suspects, :joins,
    :refused, :domains, :words, :strict_until_ts, :strict_since_ts
)
ON CONFLICT (community, started_ts) DO UPDATE SET
    because = CASE WHEN :is_restored THEN excluded.because ELSE raids.because END,
    suspect_since_ts = CASE
        WHEN :is_restored OR (:is_prolonged AND excluded.suspect_since_ts < raids.suspect_since_ts)
        THEN excluded.suspect_since_ts ELSE raids.suspect_since_ts END,
    until_ts = CASE
        WHEN :is_restored OR (:is_prolonged AND excluded.until_ts > raids.until_ts)
        THEN excluded.until_ts ELSE raids.until_ts END,
    ended_ts = CASE WHEN :is_restored THEN excluded.ended_ts
                    ELSE coalesce(raids.ended_ts, excluded.ended_ts) END,
    suspects = excluded.suspects,
    joins = excluded.joins, refused = excluded.refused,
    domains = excluded.domains, words = excluded.words,
    strict_until_ts = CASE
        WHEN :is_restored OR (:is_prolonged AND excluded.strict_until_ts >= raids.strict_until_ts)
        THEN excluded.strict_until_ts ELSE raids.strict_until_ts END,
    strict_since_ts = CASE
        WHEN :is_restored OR (:is_prolonged AND excluded.strict_until_ts >= raids.strict_until_ts)
        THEN excluded.strict_since_ts ELSE raids.strict_since_ts END

-- name: raids
SELECT * FROM raids WHERE ended_ts IS NULL OR NOT :under_way
ORDER BY started_ts DESC, community LIMIT :limit

-- name: upsert_dropped_step
INSERT INTO dropped_steps (community, step, policy_revision, because, dropped_ts)
VALUES (:community, :step, :policy_revision, :because, :dropped_ts)
ON CONFLICT (community, step) DO UPDATE SET
    policy_revision = excluded.policy_revision, because = excluded.because,
    dropped_ts = excluded.dropped_ts

-- name: delete_dropped_step
DELETE FROM dropped_steps WHERE community = :community AND step = :step

-- name: dropped_steps
SELECT * FROM dropped_steps ORDER BY community, step

-- name: upsert_policy_step
INSERT INTO policy_steps (community, step, fingerprint, changed_ts, is_restored)
VALUES (:community, :step, :fingerprint, :changed_ts, :is_restored)
ON CONFLICT (community, step) DO UPDATE SET
    fingerprint = excluded.fingerprint, changed_ts = excluded.changed_ts,
    is_restored = excluded.is_restored

-- name: delete_policy_step
DELETE FROM policy_steps WHERE community = :community AND step = :step

-- name: policy_steps
SELECT * FROM policy_steps ORDER BY community, step

-- name: upsert_mute
INSERT INTO mutes (community, user_id, rule, started_ts, until_ts, times, changed)
VALUES (:community, :user_id, :rule, :started_ts, :until_ts, :times, :changed)
ON CONFLICT (community, user_id, rule) DO UPDATE SET
    started_ts = excluded.started_ts, until_ts = excluded.until_ts, times = excluded.times,
    changed = excluded.changed

-- name: delete_ended_mutes
DELETE FROM mutes WHERE until_ts < :until_ts

-- name: latest_mutes
SELECT * FROM mutes WHERE until_ts > :ending_after_ts AND changed > :changed_after
ORDER BY until_ts DESC LIMIT :limit

-- name: upsert_posted_indicator
INSERT INTO posted_indicators (community, digest, first_ts, last_ts, posters, changed)
VALUES (:community, :digest, :first_ts, :last_ts, :posters, :changed)
ON CONFLICT (community, digest) DO UPDATE SET
    first_ts = excluded.first_ts, last_ts = excluded.last_ts, posters = excluded.posters,
    changed = excluded.changed

-- name: delete_posted_indicator
DELETE FROM posted_indicators WHERE community = :community AND digest = :digest

-- name: posted_indicators
SELECT * FROM posted_indicators WHERE changed > :changed_after ORDER BY last_ts DESC LIMIT :limit

-- name: upsert_bad_indicator
INSERT INTO bad_indicators
    (community, digest, kind, name, because, reference, made_ts, until_ts, changed)
VALUES (:community, :digest, :kind, :name, :because, :reference, :made_ts, :until_ts, :changed)
ON CONFLICT (community, digest) DO UPDATE SET
    kind = excluded.kind, name = excluded.name, because = excluded.because,
    reference = excluded.reference, made_ts = excluded.made_ts, until_ts = excluded.until_ts,
    changed = excluded.changed

-- name: end_bad_indicator
-- Deleted with the ended ones; until then other processes read the change.
UPDATE bad_indicators SET until_ts = 0, changed = :changed
WHERE community = :community AND digest = :digest

-- name: delete_ended_bad_indicators
DELETE FROM bad_indicators WHERE until_ts < :until_ts

-- name: bad_indicators
SELECT * FROM bad_indicators WHERE until_ts > :ending_after_ts ORDER BY made_ts DESC LIMIT :limit

-- name: changed_bad_indicators
SELECT * FROM bad_indicators WHERE changed > :changed_after ORDER BY made_ts DESC LIMIT :limit

-- name: make_archive
-- The archive is a file of its own with this table.
CREATE TABLE IF NOT EXISTS archived_events (
    id INTEGER PRIMARY KEY,
    decided_ts INTEGER NOT NULL,    -- milliseconds since the epoch
    community TEXT NOT NULL,
    room_id TEXT NOT NULL,
    sender TEXT NOT NULL,
    is_refused INTEGER NOT NULL,
    received_ts INTEGER NOT NULL,
    body BLOB NOT NULL,             -- JSON, deflated with a preset dictionary
    judgement BLOB                  -- likewise; NULL of what was archived before there was any
)

-- name: columns_of_archive
SELECT name FROM pragma_table_info('archived_events')

-- name: add_judgement_to_archive
ALTER TABLE archived_events ADD COLUMN judgement BLOB

-- name: index_archive_by_ts
-- For backtests and retention.
CREATE INDEX IF NOT EXISTS archived_by_ts ON archived_events (decided_ts)

-- name: index_archive_by_sender
-- For purges.
CREATE INDEX IF NOT EXISTS archived_by_sender ON archived_events (sender)

-- name: index_archive_by_room
-- For purges.
CREATE INDEX IF NOT EXISTS archived_by_room ON archived_events (room_id)

-- name: insert_archived
-- Stores a judged event.
INSERT INTO archived_events (
    decided_ts, community, room_id, sender, is_refused, received_ts, body, judgement
) VALUES (?, ?, ?, ?, ?, ?, ?, ?)

-- name: forget_archived_before
-- For retention.
DELETE FROM archived_events WHERE decided_ts < :ts

-- name: purge_archived
-- Events of a user or of a room.
DELETE FROM archived_events WHERE sender = :sender OR room_id = :room_id

-- name: forget_archived_event
-- Events of a user in a room that were decided at a moment.
DELETE FROM archived_events
WHERE decided_ts = :decided_ts AND sender = :sender AND room_id = :room_id

-- name: archived_of_sender
SELECT * FROM archived_events WHERE sender = :sender ORDER BY decided_ts, id LIMIT :limit

-- name: archived_of_room
SELECT * FROM archived_events WHERE room_id = :room_id ORDER BY decided_ts, id LIMIT :limit

-- name: archived_judgements
SELECT id, judgement FROM archived_events WHERE judgement IS NOT NULL

-- name: empty_archived_judgement
UPDATE archived_events SET judgement = NULL WHERE id = :id

-- name: any_archived
SELECT id FROM archived_events LIMIT 1

-- name: count_archived
-- For the progress of a backtest.
SELECT count(*) FROM archived_events
WHERE community = :community AND decided_ts >= :since_ts
    AND (room_id = :room_id OR :room_id IS NULL)

-- name: read_archived
-- The latest events, in the order of their decisions.
SELECT * FROM (
    SELECT * FROM archived_events
    WHERE community = :community AND decided_ts >= :since_ts
        AND (room_id = :room_id OR :room_id IS NULL)
    ORDER BY decided_ts DESC, id DESC
    LIMIT :limit
) AS latest ORDER BY decided_ts, id

-- name: find_archived
-- Events of a user in a room that were decided at a moment.
SELECT * FROM archived_events
WHERE decided_ts = :decided_ts AND sender = :sender AND room_id = :room_id

-- name: insert_own_event
-- Adds an event, unless there is one with its key. Its number is greater than all numbers that
-- servers have received, also if the events with those numbers are deleted.
INSERT INTO own_redactions (number, leak_key, room_id, event_id, event, made_ts)
VALUES (
    1 + max(
        (SELECT coalesce(max(number), 0) FROM own_redactions),
        (SELECT coalesce(max(number), 0) FROM redactions_sent)
    ),
    :key, :room_id, :event_id, :event, :made_ts
)
ON CONFLICT (leak_key) DO NOTHING

-- name: own_event_by_key
SELECT * FROM own_redactions WHERE leak_key = :key

-- name: own_event_by_id
SELECT * FROM own_redactions WHERE event_id = :event_id

-- name: own_events_after
SELECT * FROM own_redactions
WHERE number > :number AND made_ts >= :since_ts
    AND room_id IN (SELECT value FROM json_each(:room_ids))
ORDER BY number LIMIT :limit

-- name: newest_own_events
-- SQLite takes made_ts from the row with the greatest number.
SELECT room_id, max(number) AS number, made_ts FROM own_redactions
WHERE made_ts >= :since_ts GROUP BY room_id

-- name: own_events_sent
SELECT server, number FROM redactions_sent

-- name: note_own_events_sent
INSERT INTO redactions_sent (server, number) VALUES (:server, :number)
ON CONFLICT (server) DO UPDATE SET number = max(redactions_sent.number, excluded.number)

-- name: forget_own_events_sent
DELETE FROM redactions_sent WHERE number < :number

-- name: forget_own_messages
DELETE FROM own_redactions
WHERE made_ts < :before_ts AND json_extract(event, '$.type') <> 'm.room.redaction'

-- name: append_audit
INSERT INTO audit (ts, actor, kind, face, command, community, subject, details, result)
VALUES (:ts, :actor, :kind, :face, :command, :community, :subject, :details, :result)
RETURNING id

-- name: conclude_audit
UPDATE audit SET result = :result, details = :details WHERE id = :entry_id AND result IS NULL

-- name: begin_undo
UPDATE audit SET undo_began_ts = :began_ts
WHERE id = :entry_id AND undone_ts IS NULL
    AND (undo_began_ts IS NULL OR undo_began_ts < :given_up_ts)

-- name: end_undo
UPDATE audit SET undo_began_ts = NULL, undone_ts = :undone_ts
WHERE id = :entry_id AND undo_began_ts = :began_ts

-- name: latest_audit
SELECT * FROM audit
WHERE ts >= :since_ts
    AND (id < :before_id OR :before_id IS NULL)
    AND (actor = :actor OR :actor IS NULL)
    AND command NOT IN (SELECT value FROM json_each(:except_commands))
    AND (community IN (:community, '*') OR :community IS NULL)
    AND (community = '*'
        OR community IN (SELECT value FROM json_each(:communities)) OR :communities IS NULL)
ORDER BY id DESC LIMIT :limit

-- name: insert_access_token
INSERT INTO access_tokens (
    name, token_hash, scopes, created_ts, created_by, expires_ts, revoked_ts
)
VALUES (:name, :token_hash, :scopes, :created_ts, :created_by, :expires_ts, :revoked_ts)
ON CONFLICT (name) DO NOTHING

-- name: revoke_access_token
UPDATE access_tokens SET revoked_ts = :revoked_ts WHERE name = :name AND revoked_ts IS NULL

-- name: access_tokens
SELECT * FROM access_tokens ORDER BY name

-- name: freeze_actor
INSERT INTO frozen_actors (actor, frozen_ts, frozen_by, reason)
VALUES (:actor, :frozen_ts, :frozen_by, :reason)
ON CONFLICT (actor) DO NOTHING

-- name: unfreeze_actor
DELETE FROM frozen_actors WHERE actor = :actor

-- name: frozen_actors
SELECT * FROM frozen_actors ORDER BY actor

-- name: policies_in_force
SELECT * FROM policies_in_force JOIN policy_documents USING (community, revision)
ORDER BY community

-- name: upsert_policy_in_force
INSERT INTO policies_in_force (community, revision, file_revision, actor, ts, note)
VALUES (:community, :revision, :file_revision, :actor, :ts, :note)
ON CONFLICT (community) DO UPDATE SET
    revision = excluded.revision, file_revision = excluded.file_revision,
    actor = excluded.actor, ts = excluded.ts, note = excluded.note

-- name: delete_policy_in_force
DELETE FROM policies_in_force WHERE community = ?

-- name: upsert_policy_document
-- Documents of one revision differ only in comments and form: the last one is kept.
INSERT INTO policy_documents (community, revision, document)
VALUES (:community, :revision, :document)
ON CONFLICT (community, revision) DO UPDATE SET document = excluded.document

-- name: find_policy_document
SELECT document FROM policy_documents WHERE community = :community AND revision = :revision

-- name: insert_policy_change
INSERT INTO policy_changes (community, revision, what, actor, ts, note)
VALUES (:community, :revision, :what, :actor, :ts, :note)

-- name: insert_policy_change_once
-- Processes that start at once all find that a file is in force: the first of them says so.
INSERT INTO policy_changes (community, revision, what, actor, ts, note)
SELECT CAST(:community AS text), CAST(:revision AS text), CAST(:what AS text),
    CAST(:actor AS text), CAST(:ts AS bigint), CAST(:note AS text)
WHERE CAST(:actor AS text) <> '' OR NOT EXISTS (
    SELECT 1 FROM policy_changes AS newest
    WHERE newest.community = CAST(:community AS text)
    AND newest.revision = CAST(:revision AS text)
    AND newest.number = (
        SELECT max(number) FROM policy_changes AS others
        WHERE others.community = CAST(:community AS text)
    )
)

-- name: policy_changes
SELECT * FROM policy_changes WHERE community = :community ORDER BY number DESC LIMIT :limit

-- name: any_policy_change
SELECT number FROM policy_changes LIMIT 1

-- name: found_rooms
SELECT * FROM found_rooms

-- name: delete_found_rooms
DELETE FROM found_rooms

-- name: insert_found_rooms
INSERT INTO found_rooms (name, room_ids, servers) VALUES (:name, :room_ids, :servers)

-- name: mark_event_handled
INSERT INTO management_heeded (event_id, heeded_ts) VALUES (:event_id, :heeded_ts)
ON CONFLICT (event_id) DO NOTHING

-- name: forget_handled_events
DELETE FROM management_heeded WHERE heeded_ts < :before_ts

-- name: save_management_message
INSERT INTO management_messages
    (key, community, room_id, event_id, also, refs, is_alert, sent_ts, told)
VALUES (:key, :community, :room_id, :event_id, :also, :refs, :is_alert, :sent_ts, :told)
ON CONFLICT (key) DO UPDATE SET
    community = excluded.community, room_id = excluded.room_id, event_id = excluded.event_id,
    also = excluded.also, refs = excluded.refs, is_alert = excluded.is_alert,
    sent_ts = excluded.sent_ts, told = excluded.told

-- name: management_message_by_key
SELECT * FROM management_messages WHERE key = :key

-- name: management_message_by_id
SELECT * FROM management_messages WHERE event_id = :event_id

-- name: management_alerts_since
SELECT * FROM management_messages WHERE sent_ts >= :since_ts AND is_alert <> 0 ORDER BY sent_ts

-- name: management_messages_before
SELECT * FROM management_messages WHERE sent_ts < :before_ts ORDER BY sent_ts LIMIT :limit

-- name: forget_management_message
DELETE FROM management_messages WHERE key = :key

-- name: command_descriptions_of
SELECT digest FROM command_descriptions WHERE room_id = :room_id

-- name: note_command_descriptions
INSERT INTO command_descriptions (room_id, digest) VALUES (:room_id, :digest)
ON CONFLICT (room_id) DO UPDATE SET digest = excluded.digest

-- name: management_room_by_name
SELECT room_id FROM management_rooms WHERE name = :name

-- name: pin_management_room
INSERT INTO management_rooms (name, room_id) VALUES (:name, :room_id)
ON CONFLICT (name) DO UPDATE SET room_id = excluded.room_id

-- name: insert_appeal
INSERT INTO appeals (key, reference, community, room_id, sender, text, language, made_ts, due_ts, state)
VALUES (:key, :reference, :community, :room_id, :sender, :text, :language, :made_ts, :due_ts, 'open')

-- name: count_appeals
-- A fast clock made those of the future: until then they would count as of each day.
SELECT
    (SELECT count(*) FROM appeals
        WHERE community = :community AND made_ts >= :since_ts AND made_ts - 600000 <= :made_ts)
        AS of_the_day,
    (SELECT count(*) FROM appeals
        WHERE community = :community AND sender = :sender AND state = 'open') AS open_of_sender

-- name: find_appeal
SELECT * FROM appeals WHERE key = :key

-- name: appeals
SELECT * FROM appeals
WHERE (community IN (SELECT value FROM json_each(:communities))
        OR room_id IN (SELECT value FROM json_each(:rooms)) OR :communities IS NULL)
    AND (state = :state OR :state IS NULL)
ORDER BY state != 'open', CASE state WHEN 'open' THEN due_ts ELSE -made_ts END, number
LIMIT :limit

-- name: add_appeal_note
UPDATE appeals SET notes = CASE notes
    WHEN '[]' THEN '[' || :note || ']'
    ELSE substr(notes, 1, length(notes) - 1) || ',' || :note || ']'
END
WHERE key = :key AND json_array_length(notes) < :max_notes

-- name: decide_appeal
UPDATE appeals SET state = :state, decided_ts = :decided_ts, decided_by = :decided_by,
    allowed_until_ts = :allowed_until_ts
WHERE key = :key AND state = 'open'

-- name: insert_report
INSERT INTO reports
    (key, reference, community, room_id, sender, reporter, domain, is_known, text, made_ts)
VALUES
    (:key, :reference, :community, :room_id, :sender, :reporter, :domain, :is_known, :text,
    :made_ts)

-- name: count_reports_of_event
SELECT count(*) AS of_event, count(*) FILTER (WHERE reporter = :reporter) AS own
FROM reports WHERE key = :key

-- name: count_reports
SELECT
    count(*) AS of_the_day,
    count(*) FILTER (WHERE is_known = 0) AS of_strangers,
    count(*) FILTER (WHERE is_known = 0 AND domain = :domain) AS of_domain,
    count(*) FILTER (WHERE reporter = :reporter) AS of_reporter,
    count(DISTINCT key) FILTER (WHERE sender = :sender AND key != :key) AS of_sender
FROM reports
WHERE community = :community AND made_ts >= :since_ts AND made_ts - 600000 <= :made_ts

-- name: reports
-- All reports of the events that somebody reported in that time.
SELECT * FROM reports
WHERE (community IN (SELECT value FROM json_each(:communities))
        OR room_id IN (SELECT value FROM json_each(:rooms)) OR :communities IS NULL)
    AND key IN (SELECT key FROM reports WHERE made_ts >= :since_ts)
ORDER BY number DESC LIMIT :limit

-- name: reports_of_event
SELECT * FROM reports WHERE key = :key ORDER BY number DESC

-- name: reports_of_reporter
SELECT key, made_ts FROM reports WHERE reporter = :reporter ORDER BY number DESC LIMIT :limit

-- name: count_change
-- Counts a change of a topic, in the transaction of that change.
INSERT INTO changes (topic, number) VALUES (:topic, 1)
ON CONFLICT (topic) DO UPDATE SET number = changes.number + 1
RETURNING number

-- name: change_numbers
SELECT topic, number FROM changes

-- name: find_lease
SELECT holder, epoch, beat FROM leases WHERE topic = 'leader'

-- name: insert_lease
INSERT INTO leases (topic, holder, epoch, beat) VALUES ('leader', :holder, 1, 1)
ON CONFLICT (topic) DO NOTHING
RETURNING holder, epoch, beat

-- name: take_lease
-- Takes the lease if its holder has not renewed it since it was seen.
UPDATE leases SET holder = :holder, epoch = epoch + 1, beat = beat + 1
WHERE topic = 'leader' AND epoch = :epoch AND beat = :beat
RETURNING holder, epoch, beat

-- name: renew_lease
UPDATE leases SET beat = beat + 1
WHERE topic = 'leader' AND holder = :holder AND epoch = :epoch
RETURNING holder, epoch, beat

-- name: give_back_lease
UPDATE leases SET holder = '', beat = beat + 1
WHERE topic = 'leader' AND holder = :holder AND epoch = :epoch

-- name: is_lease_held
SELECT epoch FROM leases WHERE topic = 'leader' AND holder = :holder AND epoch = :epoch

-- name: count_received_events
SELECT count(*) AS waiting FROM received_events

-- name: insert_received_event
INSERT INTO received_events (room_id, event_id, sender, origin, event)
VALUES (:room_id, :event_id, :sender, :origin, :event)
ON CONFLICT (event_id) DO NOTHING

-- name: received_events
SELECT number, room_id, event_id, sender, origin, event
FROM received_events ORDER BY number LIMIT :limit

-- name: delete_received_event
DELETE FROM received_events WHERE number = :number

-- name: save_chat
INSERT INTO chats (
    room_id, user_id, language, opened_ts, leave_ts, is_greeted, is_encrypted, waiting
) VALUES (
    :room_id, :user_id, :language, :opened_ts, :leave_ts, :is_greeted, :is_encrypted, :waiting
)
ON CONFLICT (room_id) DO UPDATE SET
    user_id = excluded.user_id, language = excluded.language, opened_ts = excluded.opened_ts,
    leave_ts = excluded.leave_ts, is_greeted = excluded.is_greeted,
    is_encrypted = excluded.is_encrypted, waiting = excluded.waiting

-- name: chats
SELECT * FROM chats ORDER BY opened_ts, room_id

-- name: delete_chat
DELETE FROM chats WHERE room_id = :room_id

-- name: room_ids
SELECT room_id FROM rooms

-- name: forget_left_state
DELETE FROM room_state WHERE room = (
    SELECT number FROM rooms WHERE room_id = :room_id AND membership <> 'joined'
)

-- name: forget_left_unverified
DELETE FROM unverified_state WHERE room = (
    SELECT number FROM rooms WHERE room_id = :room_id AND membership <> 'joined'
)

-- name: forget_left_room
DELETE FROM rooms WHERE room_id = :room_id AND membership <> 'joined'
