-- Appeals against refusals: one for each decision, at most.
CREATE TABLE appeals (
    number INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,           -- of the decision
    reference TEXT NOT NULL,            -- of the decision
    community TEXT NOT NULL,
    room_id TEXT NOT NULL,
    sender TEXT NOT NULL,               -- of what was refused
    text TEXT NOT NULL,                 -- why it was wrong, as whoever appeals says
    language TEXT NOT NULL,             -- of the page that it was sent from
    made_ts INTEGER NOT NULL,           -- milliseconds since the epoch
    due_ts INTEGER NOT NULL,            -- until when an answer is due
    state TEXT NOT NULL CHECK (state IN ('open', 'upheld', 'granted', 'closed')),
    decided_ts INTEGER,                 -- null while it is open
    decided_by TEXT NOT NULL DEFAULT '',
    allowed_until_ts INTEGER,           -- until when the same passes; null unless it was granted
    notes TEXT NOT NULL DEFAULT '[]'    -- of moderators, as JSON
);
CREATE INDEX appeals_by_moment ON appeals (made_ts);
CREATE INDEX appeals_by_sender ON appeals (sender);
