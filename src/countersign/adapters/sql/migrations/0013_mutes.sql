-- The last mute of a person by each step of a community's policy; kept until a day after its end.
CREATE TABLE mutes (
    community TEXT NOT NULL,
    user_id TEXT NOT NULL,
    rule TEXT NOT NULL,                 -- the step's numbers: after how many refusals, and so on
    started_ts INTEGER NOT NULL,        -- milliseconds since the epoch
    until_ts INTEGER NOT NULL,
    times INTEGER NOT NULL,             -- how many without a day between, this one included
    PRIMARY KEY (community, user_id, rule)
) WITHOUT ROWID;

CREATE INDEX mutes_by_end ON mutes (until_ts);
