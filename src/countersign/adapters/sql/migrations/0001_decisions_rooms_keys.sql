-- The names that many rows share: room IDs, user IDs, event types, server names, policy revisions.
CREATE TABLE names (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);

-- One row a decision, in the order of recording, inserted once and never updated.
CREATE TABLE decisions (
    number INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,           -- SHA-256 of the event's signed bytes
    event_id TEXT,                      -- NULL where it is '$' and the key in URL-safe base64
    room INTEGER NOT NULL REFERENCES names,
    sender INTEGER NOT NULL REFERENCES names,
    event_type INTEGER NOT NULL REFERENCES names,
    asked_by INTEGER NOT NULL REFERENCES names,
    decided_ts INTEGER NOT NULL,        -- milliseconds since the epoch
    policy_revision INTEGER NOT NULL REFERENCES names,
    verdict TEXT NOT NULL CHECK (verdict IN ('sign', 'refuse')),
    decision TEXT                       -- JSON; NULL where it would say no more than this row
);
CREATE INDEX decisions_in_room ON decisions (room);
CREATE INDEX decisions_of_sender ON decisions (sender);
CREATE INDEX decisions_by_event_id ON decisions (event_id) WHERE event_id IS NOT NULL;
CREATE INDEX refusals ON decisions (verdict) WHERE verdict = 'refuse';
CREATE INDEX refusals_in_room ON decisions (room) WHERE verdict = 'refuse';

CREATE TRIGGER decisions_stand BEFORE UPDATE ON decisions BEGIN
    SELECT RAISE(ABORT, 'a decision is never updated');
END;

-- Decisions with their names written out.
CREATE VIEW recorded_decisions AS SELECT
    number, key, event_id, decided_ts, verdict, decision,
    room AS room_number,
    sender AS sender_number,
    (SELECT name FROM names WHERE names.number = decisions.room) AS room_id,
    (SELECT name FROM names WHERE names.number = decisions.sender) AS sender,
    (SELECT name FROM names WHERE names.number = decisions.event_type) AS event_type,
    (SELECT name FROM names WHERE names.number = decisions.asked_by) AS asked_by,
    (SELECT name FROM names WHERE names.number = decisions.policy_revision) AS policy_revision
FROM decisions;

CREATE TABLE rooms (
    number INTEGER PRIMARY KEY,
    room_id TEXT NOT NULL UNIQUE,
    room_version TEXT NOT NULL,
    membership TEXT NOT NULL CHECK (membership IN ('joined', 'left', 'kicked', 'banned')),
    via TEXT NOT NULL,                  -- JSON array of server names
    joined_ts INTEGER NOT NULL,
    note TEXT NOT NULL
);

CREATE TABLE room_state (
    room INTEGER NOT NULL REFERENCES rooms,
    type TEXT NOT NULL,
    state_key TEXT NOT NULL,
    event TEXT NOT NULL,                -- JSON: whatever else of the event is kept
    PRIMARY KEY (room, type, state_key)
) WITHOUT ROWID;

-- Documents as received; parsed and verified again when loaded.
CREATE TABLE server_keys (
    server_name TEXT NOT NULL PRIMARY KEY,
    document BLOB NOT NULL,
    fetched_ts INTEGER NOT NULL         -- milliseconds since the epoch
);
