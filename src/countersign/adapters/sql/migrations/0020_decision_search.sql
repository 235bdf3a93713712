-- For searches by time: rows without findings too, which decisions_with_findings leaves out.
CREATE INDEX decisions_by_time ON decisions (decided_ts);

-- For searches, as long as the details of a decision are kept: the labels of the steps and the
-- names of the filters that found something, and what the evidence adds up to, unless it is nothing.
CREATE TABLE found_names (
    name TEXT NOT NULL,
    number INTEGER NOT NULL,            -- of the decision
    PRIMARY KEY (name, number)
) WITHOUT ROWID;
CREATE TABLE found_scores (
    score INTEGER NOT NULL,
    number INTEGER NOT NULL,            -- of the decision
    PRIMARY KEY (score, number)
) WITHOUT ROWID;

-- Up to which decision they are filled in: a search does so first, so that recording stays quick.
CREATE TABLE found_until (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    number INTEGER NOT NULL
);

-- Of a decision that was damaged nothing is looked up; what is missing or empty is left out.
CREATE TRIGGER found_in_old BEFORE UPDATE OF decision ON decisions
WHEN OLD.decision IS NOT NULL AND json_valid(OLD.decision)
BEGIN
    DELETE FROM found_names WHERE number = OLD.number AND name IN (
        SELECT atom FROM json_tree(OLD.decision, '$.findings') WHERE key IN ('filter', 'step')
    );
    DELETE FROM found_scores
    WHERE score = json_extract(OLD.decision, '$.score') AND number = OLD.number;
END;
CREATE TRIGGER found_in_changed AFTER UPDATE OF decision ON decisions
WHEN NEW.decision IS NOT NULL AND json_valid(NEW.decision)
BEGIN
    INSERT OR IGNORE INTO found_names (name, number)
    SELECT nullif(atom, ''), NEW.number FROM json_tree(NEW.decision, '$.findings')
    WHERE key IN ('filter', 'step');
    INSERT OR IGNORE INTO found_scores (score, number)
    VALUES (json_extract(NEW.decision, '$.score'), NEW.number);
END;

INSERT OR IGNORE INTO found_names (name, number)
SELECT nullif(found.atom, ''), decisions.number
FROM decisions, json_tree(
    CASE WHEN json_valid(decision) THEN decision ELSE '{}' END, '$.findings'
) AS found
WHERE decision IS NOT NULL AND found.key IN ('filter', 'step');
INSERT OR IGNORE INTO found_scores (score, number)
SELECT json_extract(decision, '$.score'), number FROM decisions
WHERE decision IS NOT NULL AND json_valid(decision);
INSERT INTO found_until (only_row, number)
SELECT 1, coalesce(max(number), 0) FROM decisions;
