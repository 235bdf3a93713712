-- What moderators allowed. Rows stay after they end: each is a false positive of the steps it names.
CREATE TABLE allowances (
    community TEXT NOT NULL,
    sender TEXT NOT NULL,
    fingerprint TEXT NOT NULL,          -- of the words that pass
    reference TEXT NOT NULL,            -- of the refused decision
    steps TEXT NOT NULL,                -- JSON array: the labels of the policy's steps that refused
    allowed_ts INTEGER NOT NULL,        -- milliseconds since the epoch
    until_ts INTEGER NOT NULL,
    PRIMARY KEY (community, sender, fingerprint)
) WITHOUT ROWID;
CREATE INDEX allowances_by_end ON allowances (until_ts);

-- The raids that communities were in, and what came of each.
CREATE TABLE raids (
    community TEXT NOT NULL,
    started_ts INTEGER NOT NULL,        -- milliseconds since the epoch
    because TEXT NOT NULL,
    suspect_since_ts INTEGER NOT NULL,
    until_ts INTEGER NOT NULL,
    ended_ts INTEGER,                   -- NULL while it is under way
    suspects INTEGER NOT NULL,
    joins INTEGER NOT NULL,
    refused TEXT NOT NULL,              -- JSON object: how many events each step refused
    PRIMARY KEY (community, started_ts)
) WITHOUT ROWID;

-- Steps of policies that the runaway guard dropped to shadow.
CREATE TABLE dropped_steps (
    community TEXT NOT NULL,
    step TEXT NOT NULL,
    policy_revision TEXT NOT NULL,
    because TEXT NOT NULL,
    dropped_ts INTEGER NOT NULL,        -- milliseconds since the epoch
    PRIMARY KEY (community, step)
) WITHOUT ROWID;

-- For statistics: only decisions on which a filter had something to say.
CREATE INDEX decisions_with_findings ON decisions (decided_ts) WHERE decision IS NOT NULL;
