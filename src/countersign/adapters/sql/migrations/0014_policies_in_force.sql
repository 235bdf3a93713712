-- Policy documents as they were written: those in force, and all that were.
CREATE TABLE policy_documents (
    community TEXT NOT NULL,
    revision TEXT NOT NULL,
    document BLOB NOT NULL,
    PRIMARY KEY (community, revision)
);

-- The policy of each community.
CREATE TABLE policies_in_force (
    community TEXT NOT NULL PRIMARY KEY,
    revision TEXT NOT NULL,
    file_revision TEXT,                 -- of what the community's file held when it came into force
    actor TEXT NOT NULL,                -- on whose command; empty if the server took it from a file
    ts INTEGER NOT NULL,                -- milliseconds since the epoch
    note TEXT NOT NULL
) WITHOUT ROWID;

-- What came into force, in order.
CREATE TABLE policy_changes (
    number INTEGER PRIMARY KEY,
    community TEXT NOT NULL,
    revision TEXT NOT NULL,
    what TEXT NOT NULL,                 -- activated, rolled back, put back, loaded or found
    actor TEXT NOT NULL,
    ts INTEGER NOT NULL,                -- milliseconds since the epoch
    note TEXT NOT NULL
);
CREATE INDEX policy_changes_of_community ON policy_changes (community, number);
