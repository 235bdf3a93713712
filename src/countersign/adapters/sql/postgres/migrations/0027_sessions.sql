-- Browsers that are signed in to the dashboard, known to every process; they outlive a restart.
CREATE TABLE dashboard_sessions (
    secret_hash bytea PRIMARY KEY,  -- SHA-256 of the secret in the browser's cookie
    actor text COLLATE "C" NOT NULL,  -- a user ID, or the name of a token
    token_proof bytea,  -- that the token is still the same; NULL for a user ID
    proven_ts bigint NOT NULL,  -- when they proved who they are, ms since the epoch
    began_ts bigint NOT NULL,
    used_ts bigint NOT NULL,  -- when a person asked for a page last
    notices text COLLATE "C" NOT NULL  -- JSON: sentences for the next page
);

CREATE INDEX dashboard_sessions_of_actor ON dashboard_sessions (actor);

-- OpenID tokens that signed somebody in: each is good once.
CREATE TABLE used_openid_tokens (
    token_hash bytea PRIMARY KEY,  -- SHA-256
    user_id text COLLATE "C" NOT NULL,
    used_ts bigint NOT NULL
);

CREATE INDEX used_openid_tokens_of_user ON used_openid_tokens (user_id, used_ts);

-- Networks that tried to sign in during the last minutes.
CREATE TABLE sign_in_attempts (
    network text COLLATE "C" PRIMARY KEY,
    rested_ts bigint NOT NULL  -- when all its attempts are forgotten
);

ALTER TABLE browser_sign_ins ADD COLUMN approved_ts bigint NOT NULL DEFAULT 0;
ALTER TABLE browser_sign_ins ADD COLUMN is_confirmed bigint NOT NULL DEFAULT 0;
