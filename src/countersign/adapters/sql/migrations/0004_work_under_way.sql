-- Rooms that we are joining: gone on with after a restart.
CREATE TABLE joins_under_way (
    room_id TEXT NOT NULL PRIMARY KEY,
    via TEXT NOT NULL                   -- JSON array of server names
);

-- State that could not be verified yet, as it was received.
CREATE TABLE unverified_state (
    room INTEGER NOT NULL REFERENCES rooms,
    event_id TEXT NOT NULL,
    event TEXT NOT NULL,                -- JSON
    PRIMARY KEY (room, event_id)
) WITHOUT ROWID;
