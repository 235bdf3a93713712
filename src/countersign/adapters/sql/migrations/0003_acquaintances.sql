-- Whom each community has seen, and how often.
CREATE TABLE acquaintances (
    community TEXT NOT NULL,
    user_id TEXT NOT NULL,
    first_seen_ts INTEGER NOT NULL,     -- milliseconds since the epoch
    accepted_events INTEGER NOT NULL,
    active_days INTEGER NOT NULL,
    last_active_day INTEGER NOT NULL,   -- days since the epoch
    given TEXT,                         -- the level of trust that a moderator gave
    given_until_ts INTEGER,
    given_reason TEXT NOT NULL,
    PRIMARY KEY (community, user_id)
) WITHOUT ROWID;
CREATE INDEX acquaintances_given ON acquaintances (community) WHERE given IS NOT NULL;
