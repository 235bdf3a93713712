-- Which rooms aliases and spaces of policies stood for when their servers were last asked.
CREATE TABLE found_rooms (
    name TEXT NOT NULL PRIMARY KEY,     -- an alias, or the ID of a space
    room_ids TEXT NOT NULL,             -- JSON array
    servers TEXT NOT NULL               -- JSON array: who may be asked about it, best first
) WITHOUT ROWID;
