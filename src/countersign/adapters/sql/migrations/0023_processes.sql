-- What several processes share: how often each topic changed, which of them leads, and events that
-- wait for the one that leads.
CREATE TABLE changes (
    topic TEXT PRIMARY KEY,
    number INTEGER NOT NULL             -- grows in the transaction of each change
);

CREATE TABLE leases (
    topic TEXT PRIMARY KEY,
    holder TEXT NOT NULL,               -- empty once it was given back
    epoch INTEGER NOT NULL,             -- grows with each holder
    beat INTEGER NOT NULL               -- grows with each renewal
);

CREATE TABLE received_events (
    number INTEGER PRIMARY KEY,
    room_id TEXT NOT NULL,
    event_id TEXT NOT NULL UNIQUE,
    sender TEXT NOT NULL,
    origin TEXT NOT NULL,               -- the server that sent it to us
    event TEXT NOT NULL                 -- JSON
);

-- The number of the topic's change that last wrote the row: only such rows are read again.
ALTER TABLE rooms ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE room_state ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE acquaintances ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mutes ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE posted_indicators ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE bad_indicators ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE server_keys ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX room_state_by_change ON room_state (changed);
CREATE INDEX acquaintances_by_change ON acquaintances (changed);
CREATE INDEX mutes_by_change ON mutes (changed);
CREATE INDEX posted_indicators_by_change ON posted_indicators (changed);
CREATE INDEX bad_indicators_by_change ON bad_indicators (changed);
CREATE INDEX server_keys_by_change ON server_keys (changed);
