-- Browsers that wait for a code to be written in a management room, for five minutes.
CREATE TABLE browser_sign_ins (
    secret_hash bytea PRIMARY KEY,  -- SHA-256 of the secret in the browser
    code text COLLATE "C" NOT NULL UNIQUE,
    network text COLLATE "C" NOT NULL,
    browser text COLLATE "C" NOT NULL,
    began_ts bigint NOT NULL,  -- milliseconds since the epoch
    approved_by text COLLATE "C",  -- a user ID; NULL until somebody has written the code
    number text COLLATE "C" NOT NULL,  -- to be typed into the browser; empty until then
    wrong_tries bigint NOT NULL
);

-- When people ended all their sessions on the dashboard, for as long as one of them may last.
CREATE TABLE ended_sessions (
    user_id text COLLATE "C" PRIMARY KEY,
    ended_ts bigint NOT NULL
);
