-- Rooms that the settings name by alias, as they were first found: who takes an alias over later
-- does not take over a community.
CREATE TABLE management_rooms (
    name TEXT NOT NULL PRIMARY KEY,     -- the alias
    room_id TEXT NOT NULL
) WITHOUT ROWID;

-- Events in management rooms that were heeded: none is executed twice.
CREATE TABLE management_heeded (
    event_id TEXT NOT NULL PRIMARY KEY,
    heeded_ts INTEGER NOT NULL          -- milliseconds since the epoch
) WITHOUT ROWID;

-- Messages of our user in management rooms.
CREATE TABLE management_messages (
    key BLOB NOT NULL PRIMARY KEY,      -- of what it was sent for
    community TEXT NOT NULL,
    room_id TEXT NOT NULL,
    event_id TEXT NOT NULL UNIQUE,
    also TEXT NOT NULL,                 -- JSON: event IDs of its edits and of our reactions to it
    refs TEXT NOT NULL,                 -- JSON: references of decisions that it is about
    is_alert INTEGER NOT NULL,
    sent_ts INTEGER NOT NULL            -- milliseconds since the epoch
) WITHOUT ROWID;
CREATE INDEX management_messages_by_moment ON management_messages (sent_ts);
