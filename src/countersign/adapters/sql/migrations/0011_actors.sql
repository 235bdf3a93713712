-- Who changed what, and who read people's data. Rows are appended; `result` and `details` are
-- written once more when the command ends, and nothing else ever changes.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    ts INTEGER NOT NULL,                -- milliseconds since the epoch
    actor TEXT NOT NULL,
    kind TEXT NOT NULL,                 -- operator, moderator, offline or server
    face TEXT NOT NULL,                 -- cli, api, dashboard, room or signal
    command TEXT NOT NULL,
    community TEXT,                     -- '*' for all of them; NULL if it is about none
    subject TEXT,                       -- a user, a room, a reference, an actor
    details TEXT NOT NULL,              -- a JSON object
    result TEXT                         -- NULL while it is under way
);
CREATE INDEX audit_by_ts ON audit (ts);
CREATE INDEX audit_by_actor ON audit (actor, ts);
CREATE INDEX audit_by_community ON audit (community, ts);

-- Tokens of moderators and operators. A revoked one stays, so that its name is never given again.
CREATE TABLE access_tokens (
    name TEXT PRIMARY KEY,
    token_hash BLOB NOT NULL,           -- SHA-256; the token itself is stored nowhere
    scopes TEXT NOT NULL,               -- a JSON array of objects: role, community, rooms
    created_ts INTEGER NOT NULL,        -- milliseconds since the epoch
    created_by TEXT NOT NULL,
    expires_ts INTEGER,
    revoked_ts INTEGER
) WITHOUT ROWID;

-- Actors whose access was ended at once, whatever tokens they hold.
CREATE TABLE frozen_actors (
    actor TEXT PRIMARY KEY,
    frozen_ts INTEGER NOT NULL,         -- milliseconds since the epoch
    frozen_by TEXT NOT NULL,
    reason TEXT NOT NULL
) WITHOUT ROWID;
