-- Newcomers first seen since then may not write while the raid is strict, in milliseconds since the
-- epoch; 0 for all newcomers.
ALTER TABLE raids ADD COLUMN strict_since_ts INTEGER NOT NULL DEFAULT 0;
