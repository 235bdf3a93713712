-- Which descriptions of commands management rooms have.
CREATE TABLE command_descriptions (
    room_id TEXT NOT NULL PRIMARY KEY,
    digest BLOB NOT NULL                -- of all descriptions together
) WITHOUT ROWID;
