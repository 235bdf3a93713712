-- The oldest version of the schema whose programs can use this database.
--
-- From here on a migration only adds: tables, indexes, and columns that may be left out of an INSERT.
-- What a release no longer uses is removed by a migration of the release after it, which also raises
-- min_compatible to the version of the first release that did without it.
CREATE TABLE schema_compatibility (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    min_compatible INTEGER NOT NULL
);

-- Programs before this version take no other version than their own.
INSERT INTO schema_compatibility (only_row, min_compatible) VALUES (1, 9);
