CREATE TABLE tenant_keys (
  tenant_id  TEXT    NOT NULL PRIMARY KEY CHECK (tenant_id <> ''),
  version    INTEGER NOT NULL CHECK (version > 0),
  due_at_ms  INTEGER NOT NULL CHECK (due_at_ms >= 0),
  seen_at_ms INTEGER NOT NULL CHECK (seen_at_ms >= 0)
) STRICT, WITHOUT ROWID;

CREATE INDEX tenant_keys_by_due ON tenant_keys (due_at_ms);
