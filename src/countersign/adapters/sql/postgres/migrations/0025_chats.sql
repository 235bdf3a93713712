-- Direct chats of people with our user, for appeals: a row until our user leaves.
CREATE TABLE chats (
    room_id text COLLATE "C" NOT NULL PRIMARY KEY,
    user_id text COLLATE "C" NOT NULL,
    language text COLLATE "C" NOT NULL,  -- in which our user writes there
    opened_ts bigint NOT NULL,  -- milliseconds since the epoch
    leave_ts bigint NOT NULL,  -- when our user leaves
    is_greeted bigint NOT NULL,
    is_encrypted bigint NOT NULL,  -- our user has said that it can read nothing there
    waiting text COLLATE "C" NOT NULL  -- JSON: keys of appeals whose answer is not told yet
);
