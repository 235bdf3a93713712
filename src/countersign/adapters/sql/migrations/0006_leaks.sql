-- Refused events that reached their rooms, in the order in which we noticed.
CREATE TABLE leaks (
    number INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,           -- of the decision
    reference TEXT NOT NULL,
    room_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    event_type TEXT NOT NULL,
    sender TEXT NOT NULL,
    brought_by TEXT NOT NULL,           -- a server name
    channel TEXT NOT NULL CHECK (channel IN ('send', 'sign')),
    noticed_ts INTEGER NOT NULL         -- milliseconds since the epoch
);
CREATE INDEX leaks_in_room ON leaks (room_id);
CREATE INDEX leaks_by_moment ON leaks (noticed_ts);

-- Who is to be told of each, and how far that has come.
CREATE TABLE hand_overs (
    leak INTEGER NOT NULL REFERENCES leaks,
    recipient TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'given-up')),
    attempts INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    tried_ts INTEGER,                   -- milliseconds since the epoch
    PRIMARY KEY (leak, recipient)
) WITHOUT ROWID;
CREATE INDEX hand_overs_waiting ON hand_overs (recipient, leak) WHERE state = 'waiting';
