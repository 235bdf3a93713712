-- Commands that wait for a second person, or waited.
CREATE TABLE confirmations (
    number INTEGER PRIMARY KEY,
    reference TEXT NOT NULL UNIQUE,
    command TEXT NOT NULL,
    community TEXT,                     -- NULL for the whole server
    actor TEXT NOT NULL,                -- who gave it
    face TEXT NOT NULL,
    summary TEXT NOT NULL,
    parameters TEXT NOT NULL,           -- JSON; {} once it waits no more
    asked_ts INTEGER NOT NULL,          -- milliseconds since the epoch
    expires_ts INTEGER NOT NULL,
    state TEXT NOT NULL,                -- waiting, confirmed, declined or expired
    decided_by TEXT
);
CREATE INDEX confirmations_by_moment ON confirmations (asked_ts);
