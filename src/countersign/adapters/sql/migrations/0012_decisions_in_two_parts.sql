-- A decision has two parts. For ever: key, verdict, policy revision, room, and the day. For the
-- retention time, its details: event ID, sender, event type, requesting server, the moment, and what
-- the filters found. `details_gone` tells why a row has no details any more.
ALTER TABLE decisions ADD COLUMN details_gone TEXT CHECK (details_gone IN ('retention', 'request'));

-- Stands in place of sender, event type and requesting server of a row without details.
INSERT INTO names (name) VALUES ('') ON CONFLICT DO NOTHING;

-- An UPDATE may take the details away, all of them, or replace a person's name in the findings.
DROP TRIGGER decisions_stand;
CREATE TRIGGER decisions_stand BEFORE UPDATE ON decisions
WHEN NEW.number IS NOT OLD.number OR NEW.key IS NOT OLD.key OR NEW.verdict IS NOT OLD.verdict
    OR NEW.policy_revision IS NOT OLD.policy_revision OR NEW.room IS NOT OLD.room
    OR CASE
        WHEN NEW.details_gone IS NULL THEN
            OLD.details_gone IS NOT NULL
            OR NEW.event_id IS NOT OLD.event_id OR NEW.sender IS NOT OLD.sender
            OR NEW.event_type IS NOT OLD.event_type OR NEW.asked_by IS NOT OLD.asked_by
            OR NEW.decided_ts IS NOT OLD.decided_ts OR NEW.decision IS NULL
            OR json_extract(NEW.decision, '$.verdict') IS NOT OLD.verdict
        ELSE
            NEW.event_id IS NOT NULL OR NEW.decision IS NOT NULL
            OR NEW.decided_ts IS NOT OLD.decided_ts - OLD.decided_ts % 86400000
            OR NEW.sender IS NOT (SELECT number FROM names WHERE name = '')
            OR NEW.event_type IS NOT NEW.sender OR NEW.asked_by IS NOT NEW.sender
    END
BEGIN
    SELECT RAISE(ABORT, 'a decision is never updated');
END;

DROP VIEW recorded_decisions;
CREATE VIEW recorded_decisions AS SELECT
    number, key, event_id, decided_ts, verdict, decision, details_gone,
    room AS room_number,
    sender AS sender_number,
    (SELECT name FROM names WHERE names.number = decisions.room) AS room_id,
    coalesce((SELECT name FROM names WHERE names.number = decisions.sender), '') AS sender,
    (SELECT name FROM names WHERE names.number = decisions.event_type) AS event_type,
    (SELECT name FROM names WHERE names.number = decisions.asked_by) AS asked_by,
    (SELECT name FROM names WHERE names.number = decisions.policy_revision) AS policy_revision
FROM decisions;

-- What people did about decisions afterwards; rows are only added.
CREATE TABLE outcomes (
    number INTEGER PRIMARY KEY,
    key BLOB,                           -- of the decision; NULL in rows from before version 12
    reference TEXT NOT NULL,            -- of the decision
    kind TEXT NOT NULL,                 -- 'allowed', and others to come
    actor TEXT NOT NULL,                -- who did it; empty if that is not known
    happened_ts INTEGER NOT NULL,       -- milliseconds since the epoch
    note TEXT NOT NULL,
    steps TEXT NOT NULL                 -- JSON array: the labels of the policy's steps concerned
);
CREATE INDEX outcomes_by_reference ON outcomes (reference);
CREATE INDEX outcomes_by_moment ON outcomes (happened_ts);
INSERT INTO outcomes (reference, kind, actor, happened_ts, note, steps)
    SELECT reference, 'allowed', '', allowed_ts, '', steps FROM allowances ORDER BY allowed_ts;

-- The texts of refused events, kept for a while to explain the refusals.
CREATE TABLE evidence (
    number INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,           -- of the decision
    sender TEXT NOT NULL,
    kept_ts INTEGER NOT NULL,           -- milliseconds since the epoch
    size_bytes INTEGER NOT NULL,        -- of the texts
    is_cut INTEGER NOT NULL,            -- the event held more text than is kept of it
    texts TEXT NOT NULL                 -- JSON array
);
CREATE INDEX evidence_sizes ON evidence (size_bytes);   -- to add them up

-- Up to which moment each kind of personal data was deleted, and when that moment was last moved.
CREATE TABLE retention_cut_offs (
    kind TEXT NOT NULL PRIMARY KEY,
    cut_off_ts INTEGER NOT NULL,        -- milliseconds since the epoch
    moved_ts INTEGER NOT NULL,          -- milliseconds since the epoch
    number INTEGER NOT NULL             -- of the last decision without details; 0 elsewhere
) WITHOUT ROWID;
