-- What a raid writes, and until when newcomers may not write.
ALTER TABLE raids ADD COLUMN words TEXT NOT NULL DEFAULT '[]'; -- for each message, hashes of words
ALTER TABLE raids ADD COLUMN strict_until_ts INTEGER NOT NULL DEFAULT 0;
