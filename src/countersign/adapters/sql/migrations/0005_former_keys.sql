-- Old keys that stood in earlier documents only: JSON, by key ID the key in base64, when it fell out
-- of use as promised, and when it was known to be out of use.
ALTER TABLE server_keys ADD COLUMN former_keys TEXT NOT NULL DEFAULT '{}';

-- When the server itself last told us its keys; NULL if only notaries did.
ALTER TABLE server_keys ADD COLUMN told_ts INTEGER;
UPDATE server_keys SET told_ts = fetched_ts;
