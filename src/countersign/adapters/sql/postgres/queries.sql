-- PostgreSQL's variants of statements in `../queries.sql`, by the same names.

-- name: find_found_until
-- The search index is written with the decisions, so it is always complete.
SELECT number, CAST(NULL AS bigint) AS last FROM found_until

-- name: decisions_among
SELECT
    found.key, found.event_id, found.decided_ts, found.verdict, found.decision, found.details_gone,
    rooms.name AS room_id, coalesce(senders.name, '') AS sender, types.name AS event_type,
    askers.name AS asked_by, revisions.name AS policy_revision
FROM decisions AS found
    LEFT JOIN names AS rooms ON rooms.number = found.room
    LEFT JOIN names AS senders ON senders.number = found.sender
    LEFT JOIN names AS types ON types.number = found.event_type
    LEFT JOIN names AS askers ON askers.number = found.asked_by
    LEFT JOIN names AS revisions ON revisions.number = found.policy_revision
WHERE found.number IN (
        SELECT CAST(value AS bigint) FROM json_array_elements_text(CAST(:numbers AS json)) AS value
    )
    AND found.decided_ts >= :since_ts AND found.decided_ts < :before_ts
    AND (found.verdict = :verdict OR :verdict IS NULL)
    AND (senders.name = :sender OR :sender IS NULL)
    AND (substr(senders.name, instr(senders.name, ':') + 1) = :server OR :server IS NULL)
    AND (rooms.name IN (SELECT value FROM json_each(:rooms)) OR :rooms IS NULL)
    AND (EXISTS (
        SELECT 1 FROM found_names WHERE found_names.name = :name
            AND found_names.number = found.number
    ) OR :name IS NULL)
    AND (:min_score <= coalesce((
        SELECT score FROM found_scores WHERE found_scores.number = found.number
    ), 0) OR :min_score IS NULL)
    AND (:max_score >= coalesce((
        SELECT score FROM found_scores WHERE found_scores.number = found.number
    ), 0) OR :max_score IS NULL)
ORDER BY found.number DESC

-- name: primary_key_of
SELECT attname AS name FROM pg_index JOIN pg_attribute ON attrelid = indrelid
WHERE indrelid = to_regclass(:table_name) AND indisprimary AND attnum = ANY (indkey)
ORDER BY array_position(CAST(indkey AS smallint[]), attnum)

-- name: tables_of_communities
-- Without the archive, whose rows are deleted by statements of their own.
SELECT tablename AS name FROM pg_tables
WHERE schemaname = current_schema() AND tablename <> 'archived_events' AND EXISTS (
    SELECT 1 FROM pg_attribute
    WHERE attrelid = to_regclass(quote_ident(tablename)) AND attname = 'community'
)
ORDER BY tablename

-- name: names_of_numbers
SELECT number, name FROM names WHERE number IN (
    SELECT CAST(value AS bigint) FROM json_array_elements_text(CAST(:numbers AS json)) AS value
)

-- name: reviews_of_keys
SELECT reviews.* FROM generate_series(0, :count - 1) AS place
    JOIN reviews ON reviews.key = substr(CAST(:keys AS bytea), 1 + 32 * place, 32)

-- name: newest_own_events
SELECT DISTINCT ON (room_id) room_id, number, made_ts FROM own_redactions
WHERE made_ts >= :since_ts ORDER BY room_id, number DESC

-- name: forget_own_messages
DELETE FROM own_redactions
WHERE made_ts < :before_ts AND stored_json(event) ->> 'type' <> 'm.room.redaction'

-- name: forget_archived_before
-- Some rows per transaction, as in all deletions from the archive, since others write to this
-- database.
DELETE FROM archived_events
WHERE id IN (SELECT id FROM archived_events WHERE decided_ts < :ts LIMIT :limit)

-- name: purge_archived
DELETE FROM archived_events WHERE id IN (
    SELECT id FROM archived_events WHERE sender = :sender OR room_id = :room_id LIMIT :limit
)

-- name: forget_archived_event
DELETE FROM archived_events WHERE id IN (
    SELECT id FROM archived_events
    WHERE decided_ts = :decided_ts AND sender = :sender AND room_id = :room_id LIMIT :limit
)
