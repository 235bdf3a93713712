-- Redactions by our own user, in the order in which they were made.
CREATE TABLE own_redactions (
    number INTEGER PRIMARY KEY,
    leak_key BLOB NOT NULL UNIQUE,      -- of the leak that it redacts
    room_id TEXT NOT NULL,
    event_id TEXT NOT NULL UNIQUE,      -- of the redaction itself
    event TEXT NOT NULL,                -- JSON: the whole event, with its signatures
    made_ts INTEGER NOT NULL            -- milliseconds since the epoch
);
CREATE INDEX own_redactions_by_moment ON own_redactions (made_ts);

-- Up to which of them each server has those of the rooms that it is in.
CREATE TABLE redactions_sent (
    server TEXT NOT NULL PRIMARY KEY,
    number INTEGER NOT NULL
) WITHOUT ROWID;
