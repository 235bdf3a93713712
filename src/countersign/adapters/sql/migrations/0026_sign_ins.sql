-- Browsers that wait for a code to be written in a management room, for five minutes.
CREATE TABLE browser_sign_ins (
    secret_hash BLOB PRIMARY KEY,       -- SHA-256 of the secret in the browser
    code TEXT NOT NULL UNIQUE,
    network TEXT NOT NULL,
    browser TEXT NOT NULL,
    began_ts INTEGER NOT NULL,          -- milliseconds since the epoch
    approved_by TEXT,                   -- a user ID; NULL until somebody has written the code
    number TEXT NOT NULL,               -- to be typed into the browser; empty until then
    wrong_tries INTEGER NOT NULL
) WITHOUT ROWID;

-- When people ended all their sessions on the dashboard, for as long as one of them may last.
CREATE TABLE ended_sessions (
    user_id TEXT PRIMARY KEY,
    ended_ts INTEGER NOT NULL
) WITHOUT ROWID;
