-- Refusals that moderators looked at: one row each, how it stands. Without a row nobody has.
CREATE TABLE reviews (
    number INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,           -- of the decision
    reference TEXT NOT NULL,            -- of the decision
    community TEXT NOT NULL,
    state TEXT NOT NULL,                -- taken, handed-over or handled
    answer TEXT,                        -- allow, spam or keep; NULL until it is handled
    actor TEXT NOT NULL,
    note TEXT NOT NULL,
    refused_ts INTEGER NOT NULL,        -- milliseconds since the epoch
    first_ts INTEGER NOT NULL,          -- when somebody first did anything about it
    ts INTEGER NOT NULL                 -- when somebody did so last
);
CREATE INDEX reviews_by_moment ON reviews (ts);
