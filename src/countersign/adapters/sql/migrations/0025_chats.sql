-- Direct chats of people with our user, for appeals: a row until our user leaves.
CREATE TABLE chats (
    room_id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    language TEXT NOT NULL,             -- in which our user writes there
    opened_ts INTEGER NOT NULL,         -- milliseconds since the epoch
    leave_ts INTEGER NOT NULL,          -- when our user leaves
    is_greeted INTEGER NOT NULL,
    is_encrypted INTEGER NOT NULL,      -- our user has said that it can read nothing there
    waiting TEXT NOT NULL               -- JSON: keys of appeals whose answer is not told yet
) WITHOUT ROWID;
