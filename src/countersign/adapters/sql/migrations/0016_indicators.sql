-- Links, contacts and wallets that a community knows to be bad.
CREATE TABLE bad_indicators (
    community TEXT NOT NULL,
    digest BLOB NOT NULL,               -- keyed hash of kind and name; the key is a file
    kind TEXT NOT NULL,
    name TEXT NOT NULL,                 -- empty if it may belong to a person
    because TEXT NOT NULL,              -- refused, redacted or said
    reference TEXT NOT NULL,            -- of the decision that it follows from; empty if of none
    made_ts INTEGER NOT NULL,           -- milliseconds since the epoch
    until_ts INTEGER NOT NULL,
    PRIMARY KEY (community, digest)
) WITHOUT ROWID;
CREATE INDEX bad_indicators_by_end ON bad_indicators (until_ts);

-- Those that members of a community posted; nobody is named.
CREATE TABLE posted_indicators (
    community TEXT NOT NULL,
    digest BLOB NOT NULL,
    first_ts INTEGER NOT NULL,          -- milliseconds since the epoch
    last_ts INTEGER NOT NULL,           -- to the hour
    posters INTEGER NOT NULL,           -- how many different members, two at most
    PRIMARY KEY (community, digest)
) WITHOUT ROWID;
CREATE INDEX posted_indicators_by_time ON posted_indicators (last_ts);
