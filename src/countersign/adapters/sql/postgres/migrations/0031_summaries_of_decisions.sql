-- What counts of steps and scores need of a decision, in few words: see policy/review/summaries.py.
-- NULL where there are no findings, or where a program of an earlier version recorded the decision and
-- nobody has summarized it yet; empty where it would be too long.
ALTER TABLE decisions ADD COLUMN summary text COLLATE "C";

-- All that is read to count them.
CREATE INDEX summaries_of_decisions ON decisions (decided_ts, room, sender, summary)
    WHERE summary <> '';
CREATE INDEX decisions_without_summaries ON decisions (summary, decided_ts)
    WHERE decision IS NOT NULL AND coalesce(summary, '') = '';

-- It goes with the details, whichever version of the program takes them away.
CREATE FUNCTION take_summary() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.summary := NULL;
    RETURN NEW;
END $$;
CREATE TRIGGER summaries_go BEFORE UPDATE OF decision ON decisions
    FOR EACH ROW WHEN (NEW.decision IS NULL AND NEW.summary IS NOT NULL)
    EXECUTE FUNCTION take_summary();

-- Records decisions as the function with fewer arguments does, which programs of the version before
-- call, and their summaries.
CREATE FUNCTION record_decisions(
    new_names text[], keys bytea[], event_ids text[], moments bigint[], verdicts text[],
    new_decisions text[], rooms bigint[], senders bigint[], event_types bigint[], askers bigint[],
    revisions bigint[], summaries text[]
) RETURNS SETOF recorded_decisions LANGUAGE plpgsql AS $$
DECLARE
    numbers bigint[];
    inserted bytea[];
    stood integer := 0;
BEGIN
    numbers := ARRAY(
        SELECT (SELECT names.number FROM names WHERE names.name = given.name)
        FROM unnest(new_names) AS given (name)
    );

    IF array_position(numbers, NULL) IS NOT NULL THEN
        INSERT INTO names (name)
        SELECT given.name FROM unnest(new_names, numbers) AS given (name, number)
        WHERE given.number IS NULL
        ORDER BY given.name COLLATE "C"
        ON CONFLICT DO NOTHING;

        numbers := ARRAY(
            SELECT (SELECT names.number FROM names WHERE names.name = given.name)
            FROM unnest(new_names) AS given (name)
        );
    END IF;

    WITH recorded AS (
        INSERT INTO decisions (
            key, event_id, decided_ts, verdict, decision, room, sender, event_type, asked_by,
            policy_revision, summary
        )
        SELECT given.key, given.event_id, given.moment, given.verdict, given.decision,
            numbers[given.room], numbers[given.sender], numbers[given.event_type],
            numbers[given.asker], numbers[given.revision], given.summary
        FROM unnest(
            keys, event_ids, moments, verdicts, new_decisions, rooms, senders, event_types, askers,
            revisions, summaries
        ) AS given (
            key, event_id, moment, verdict, decision, room, sender, event_type, asker, revision,
            summary
        )
        ORDER BY given.key
        ON CONFLICT DO NOTHING
        RETURNING decisions.key
    )
    SELECT coalesce(array_agg(recorded.key), '{}') INTO inserted FROM recorded;

    IF cardinality(inserted) < cardinality(keys) THEN
        RETURN QUERY SELECT * FROM recorded_decisions
        WHERE recorded_decisions.key = ANY (keys)
            AND NOT recorded_decisions.key = ANY (inserted);
        GET DIAGNOSTICS stood = ROW_COUNT;
    END IF;
    IF cardinality(inserted) + stood <> cardinality(keys) THEN
        RAISE EXCEPTION 'not every key has a decision' USING ERRCODE = 'serialization_failure';
    END IF;
END $$;
