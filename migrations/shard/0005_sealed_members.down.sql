ALTER TABLE events DROP COLUMN sealed;
ALTER TABLE jobs DROP COLUMN sealed;
ALTER TABLE jobs ADD COLUMN metadata TEXT CHECK (json_valid(metadata));
ALTER TABLE jobs ADD COLUMN callback_url TEXT;
ALTER TABLE jobs ADD COLUMN seller_id TEXT;
