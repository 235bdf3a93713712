-- Since when each step of a community's policy is as it is: the runaway guard needs to know.
CREATE TABLE policy_steps (
    community TEXT NOT NULL,
    step TEXT NOT NULL,                 -- its label
    fingerprint TEXT NOT NULL,          -- of all that the policy says of it
    changed_ts INTEGER NOT NULL,        -- milliseconds since the epoch
    is_restored INTEGER NOT NULL,       -- a moderator restored it after the guard had dropped it
    PRIMARY KEY (community, step)
) WITHOUT ROWID;

-- A JSON object: the registrable domains whose newcomers are suspected, each until when in
-- milliseconds since the epoch; empty for those of all domains.
ALTER TABLE raids ADD COLUMN domains TEXT NOT NULL DEFAULT '{}';
