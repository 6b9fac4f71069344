CREATE TABLE sink_cursors (
  tenant_id TEXT    NOT NULL CHECK (tenant_id <> ''),
  sink      TEXT    NOT NULL,
  epoch     INTEGER NOT NULL CHECK (epoch >= 0),
  seq       INTEGER NOT NULL CHECK (seq >= 0),
  PRIMARY KEY (tenant_id, sink)
) STRICT, WITHOUT ROWID;
