CREATE TABLE platform_audit (
  id         TEXT    NOT NULL PRIMARY KEY,
  time_ms    INTEGER NOT NULL CHECK (time_ms >= 0),
  type       TEXT    NOT NULL,
  actor_id   TEXT    NOT NULL,
  subject    TEXT    NOT NULL,
  request_id TEXT,
  data       TEXT    NOT NULL CHECK (json_valid(data))
) STRICT, WITHOUT ROWID;

CREATE TABLE dead_letters (
  id      TEXT    NOT NULL PRIMARY KEY,
  queue   TEXT    NOT NULL,
  reason  TEXT    NOT NULL,
  body    TEXT    NOT NULL,
  time_ms INTEGER NOT NULL CHECK (time_ms >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE revoked_tokens (
  token_id      TEXT    NOT NULL PRIMARY KEY,
  time_ms       INTEGER NOT NULL CHECK (time_ms >= 0),
  expires_at_ms INTEGER CHECK (expires_at_ms >= 0)
) STRICT, WITHOUT ROWID;
