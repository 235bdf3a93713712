-- How many refusals an alert tells of, so that it goes on after a restart; 0 for other messages.
ALTER TABLE management_messages ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
