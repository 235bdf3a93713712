-- Records decisions as the function of the baseline does, with less work: names that are all known, as
-- nearly always, are looked up once, and nothing is written for them.
CREATE OR REPLACE FUNCTION record_decisions(
    new_names text[], keys bytea[], event_ids text[], moments bigint[], verdicts text[],
    new_decisions text[], rooms bigint[], senders bigint[], event_types bigint[], askers bigint[],
    revisions bigint[]
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
            policy_revision
        )
        SELECT given.key, given.event_id, given.moment, given.verdict, given.decision,
            numbers[given.room], numbers[given.sender], numbers[given.event_type],
            numbers[given.asker], numbers[given.revision]
        FROM unnest(
            keys, event_ids, moments, verdicts, new_decisions, rooms, senders, event_types, askers,
            revisions
        ) AS given (
            key, event_id, moment, verdict, decision, room, sender, event_type, asker, revision
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
