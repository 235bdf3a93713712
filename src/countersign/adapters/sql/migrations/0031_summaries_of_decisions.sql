-- What counts of steps and scores need of a decision, in few words: see policy/review/summaries.py.
-- NULL where there are no findings, or where a program of an earlier version recorded the decision and
-- nobody has summarized it yet; empty where it would be too long.
ALTER TABLE decisions ADD COLUMN summary TEXT;

-- All that is read to count them.
CREATE INDEX summaries_of_decisions ON decisions (decided_ts, room, sender, summary)
    WHERE summary <> '';
CREATE INDEX decisions_without_summaries ON decisions (summary, decided_ts)
    WHERE decision IS NOT NULL AND coalesce(summary, '') = '';

-- It goes with the details, whichever version of the program takes them away.
CREATE TRIGGER summaries_go AFTER UPDATE OF decision ON decisions
WHEN NEW.decision IS NULL AND NEW.summary IS NOT NULL
BEGIN
    UPDATE decisions SET summary = NULL WHERE number = NEW.number;
END;
