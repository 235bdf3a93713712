-- When the undoing of a change began, while it is under way, and when it was done: several processes
-- may undo the same changes at once. In milliseconds since the epoch.
ALTER TABLE audit ADD COLUMN undo_began_ts bigint;
ALTER TABLE audit ADD COLUMN undone_ts bigint;
