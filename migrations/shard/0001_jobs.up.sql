CREATE TABLE jobs (
  tenant_id        TEXT    NOT NULL CHECK (tenant_id <> ''),
  id               TEXT    NOT NULL,
  epoch            INTEGER NOT NULL CHECK (epoch > 0),
  version          INTEGER NOT NULL CHECK (version > 0),
  status           TEXT    NOT NULL,
  channel          TEXT    NOT NULL,
  type             TEXT    NOT NULL,
  file_ref         TEXT    NOT NULL,
  rules_profile_id TEXT    NOT NULL,
  seller_id        TEXT,
  callback_url     TEXT,
  metadata         TEXT    CHECK (json_valid(metadata)),
  idempotency_key  TEXT    NOT NULL,
  retry_of         TEXT,
  output_ref       TEXT,
  report_ref       TEXT,
  total            INTEGER NOT NULL CHECK (total >= 0),
  processed        INTEGER NOT NULL CHECK (processed >= 0),
  errors           INTEGER NOT NULL CHECK (errors >= 0),
  warnings         INTEGER NOT NULL CHECK (warnings >= 0),
  corrections      INTEGER NOT NULL CHECK (corrections >= 0),
  findings_total   INTEGER NOT NULL CHECK (findings_total >= 0),
  progress         REAL    NOT NULL CHECK (progress BETWEEN 0 AND 100),
  error_code       TEXT,
  error_message    TEXT,
  attempts         INTEGER NOT NULL CHECK (attempts >= 0),
  created_at_ms    INTEGER NOT NULL CHECK (created_at_ms >= 0),
  updated_at_ms    INTEGER NOT NULL CHECK (updated_at_ms >= 0),
  started_at_ms    INTEGER CHECK (started_at_ms >= 0),
  completed_at_ms  INTEGER CHECK (completed_at_ms >= 0),
  expires_at_ms    INTEGER NOT NULL CHECK (expires_at_ms >= 0),
  PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX jobs_by_creation ON jobs (tenant_id, created_at_ms, id);

CREATE INDEX jobs_by_status ON jobs (tenant_id, status, created_at_ms, id);
