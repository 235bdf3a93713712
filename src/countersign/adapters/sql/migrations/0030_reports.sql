-- Reports of signed events by members of their rooms: one for each event and reporter.
CREATE TABLE reports (
    number INTEGER PRIMARY KEY,
    key BLOB NOT NULL,                  -- of the decision on the event
    reference TEXT NOT NULL,            -- of the decision
    community TEXT NOT NULL,
    room_id TEXT NOT NULL,
    sender TEXT NOT NULL,               -- of the event
    reporter TEXT NOT NULL,             -- told to nobody
    domain TEXT NOT NULL,               -- registrable domain of the reporter's server
    is_known INTEGER NOT NULL,          -- the community knows the reporter for longer
    text TEXT NOT NULL,                 -- what is wrong with it, as the reporter says
    made_ts INTEGER NOT NULL,           -- milliseconds since the epoch
    UNIQUE (key, reporter)
);
CREATE INDEX reports_by_moment ON reports (made_ts);
CREATE INDEX reports_by_reporter ON reports (reporter);
CREATE INDEX reports_by_sender ON reports (sender);
