CREATE TABLE events (
  tenant_id      TEXT    NOT NULL CHECK (tenant_id <> ''),
  epoch          INTEGER NOT NULL CHECK (epoch > 0),
  seq            INTEGER NOT NULL CHECK (seq > 0),
  event_seq      INTEGER NOT NULL CHECK (event_seq > 0),
  id             TEXT    NOT NULL,
  type           TEXT    NOT NULL,
  subject        TEXT    NOT NULL,
  time_ms        INTEGER NOT NULL CHECK (time_ms >= 0),
  actor_id       TEXT    NOT NULL,
  traceparent    TEXT,
  payload        TEXT    CHECK (json_valid(payload)),
  payload_digest TEXT    NOT NULL,
  hash           TEXT    NOT NULL,
  PRIMARY KEY (tenant_id, epoch, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX events_by_time ON events (tenant_id, time_ms);
