import type { Migration } from "../migrate";

/**
 * One tenant's tables. No row names the tenant: the object is the tenant. Tables that are only ever read by
 * key are WITHOUT ROWID, so that a write costs one row.
 */
export const migrations: readonly Migration[] = [
  {
    id: 1,
    name: "tenant, jobs, files, log, idempotency, timers, sinks",
    sql: `
      CREATE TABLE tenant (
        id            INTEGER PRIMARY KEY CHECK (id = 1),
        tenant_id     TEXT    NOT NULL,
        name          TEXT    NOT NULL,
        tier          TEXT    NOT NULL,
        status        TEXT    NOT NULL,
        overrides     TEXT    NOT NULL CHECK (json_valid(overrides)),
        shard         TEXT    NOT NULL,
        link_epoch    INTEGER NOT NULL,
        created_at_ms INTEGER NOT NULL,
        updated_at_ms INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE bucket (
        resource     TEXT    PRIMARY KEY,
        tokens_micro INTEGER NOT NULL,
        at_ms        INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE jobs (
        id               TEXT    PRIMARY KEY,
        status           TEXT    NOT NULL,
        channel          TEXT    NOT NULL,
        type             TEXT    NOT NULL,
        lease_token      TEXT,
        lease_expires_ms INTEGER,
        not_before_ms    INTEGER NOT NULL,
        expires_at_ms    INTEGER NOT NULL,
        body             TEXT    NOT NULL CHECK (json_valid(body))
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX jobs_by_status ON jobs (status, id);
      CREATE INDEX jobs_leased ON jobs (lease_expires_ms) WHERE lease_expires_ms IS NOT NULL;

      CREATE TABLE files (
        id            TEXT    PRIMARY KEY,
        name          TEXT    NOT NULL,
        status        TEXT    NOT NULL,
        content_type  TEXT    NOT NULL,
        size          INTEGER NOT NULL,
        sha256        TEXT,
        created_at_ms INTEGER NOT NULL,
        updated_at_ms INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE log (
        epoch          INTEGER NOT NULL,
        seq            INTEGER NOT NULL,
        kind           TEXT    NOT NULL,
        event_seq      INTEGER,
        id             TEXT    NOT NULL,
        type           TEXT    NOT NULL,
        subject        TEXT    NOT NULL,
        time_ms        INTEGER NOT NULL,
        actor_id       TEXT    NOT NULL,
        traceparent    TEXT,
        payload        TEXT,
        salt           TEXT,
        payload_digest TEXT    NOT NULL,
        prev_hash      TEXT    NOT NULL,
        hash           TEXT    NOT NULL,
        PRIMARY KEY (epoch, seq)
      ) STRICT, WITHOUT ROWID;
      CREATE UNIQUE INDEX log_events ON log (epoch, event_seq) WHERE event_seq IS NOT NULL;

      CREATE TABLE idempotency (
        day           INTEGER NOT NULL,
        route         TEXT    NOT NULL,
        key           TEXT    NOT NULL,
        digest        TEXT    NOT NULL,
        answer        TEXT    NOT NULL,
        created_at_ms INTEGER NOT NULL,
        PRIMARY KEY (day, route, key)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE timers (
        kind   TEXT    PRIMARY KEY,
        due_ms INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE sinks (
        sink     TEXT    PRIMARY KEY,
        epoch    INTEGER NOT NULL,
        seq      INTEGER NOT NULL,
        failures INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
    id: 2,
    name: "api keys, revoked tokens",
    sql: `
      CREATE TABLE api_keys (
        id                TEXT    PRIMARY KEY,
        kind              TEXT    NOT NULL CHECK (kind IN ('key', 'support')),
        name              TEXT    NOT NULL,
        scopes            TEXT    NOT NULL CHECK (json_valid(scopes)),
        secret_hash       TEXT    NOT NULL,
        previous          TEXT    NOT NULL CHECK (json_valid(previous)),
        created_by        TEXT    NOT NULL,
        created_at_ms     INTEGER NOT NULL,
        updated_at_ms     INTEGER NOT NULL,
        expires_at_ms     INTEGER,
        last_used_at_ms   INTEGER,
        revoked_at_ms     INTEGER
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE revoked_tokens (
        token_id      TEXT    PRIMARY KEY,
        revoked_at_ms INTEGER NOT NULL,
        expires_at_ms INTEGER
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
    id: 3,
    name: "data keys, rotation, shreds, sealed members",
    sql: `
      CREATE TABLE data_keys (
        version         INTEGER PRIMARY KEY,
        wrapper_id      TEXT,
        wrapped         TEXT,
        recovery        TEXT,
        commitment      TEXT    NOT NULL,
        created_at_ms   INTEGER NOT NULL,
        retired_at_ms   INTEGER,
        destroyed_at_ms INTEGER,
        CHECK ((destroyed_at_ms IS NULL) = (wrapped IS NOT NULL))
      ) STRICT;

      CREATE TABLE key_state (
        name TEXT PRIMARY KEY,
        body TEXT NOT NULL CHECK (json_valid(body))
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE shreds (
        id   TEXT PRIMARY KEY,
        body TEXT NOT NULL CHECK (json_valid(body))
      ) STRICT, WITHOUT ROWID;

      ALTER TABLE jobs ADD COLUMN sealed TEXT;
      ALTER TABLE jobs ADD COLUMN seller_index TEXT;
      CREATE INDEX jobs_by_seller ON jobs (seller_index, id) WHERE seller_index IS NOT NULL;
      ALTER TABLE log ADD COLUMN sealed TEXT;
      ALTER TABLE files ADD COLUMN upload TEXT CHECK (json_valid(upload));
    `,
  },
  {
    id: 4,
    name: "webhook endpoints, deliveries, attempts, callbacks",
    sql: `
      CREATE TABLE endpoints (
        id               TEXT    PRIMARY KEY,
        kind             TEXT    NOT NULL CHECK (kind IN ('webhook', 'callbacks', 'route')),
        body             TEXT    NOT NULL CHECK (json_valid(body)),
        sealed           TEXT,
        cursor_epoch     INTEGER NOT NULL,
        cursor_event_seq INTEGER NOT NULL,
        lease            TEXT    CHECK (json_valid(lease))
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE deliveries (
        endpoint_id TEXT    NOT NULL,
        epoch       INTEGER NOT NULL,
        event_seq   INTEGER NOT NULL,
        event_id    TEXT    NOT NULL,
        type        TEXT    NOT NULL,
        lane_key    TEXT    NOT NULL,
        state       TEXT    NOT NULL CHECK (state IN ('waiting', 'parked')),
        attempts    INTEGER NOT NULL,
        due_ms      INTEGER NOT NULL,
        parked_ms   INTEGER,
        PRIMARY KEY (endpoint_id, state, epoch, event_seq)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE attempts (
        endpoint_id TEXT    NOT NULL,
        id          TEXT    NOT NULL,
        event_id    TEXT    NOT NULL,
        epoch       INTEGER NOT NULL,
        event_seq   INTEGER NOT NULL,
        type        TEXT    NOT NULL,
        attempt     INTEGER NOT NULL,
        at_ms       INTEGER NOT NULL,
        duration_ms INTEGER NOT NULL,
        outcome     TEXT    NOT NULL,
        status      INTEGER,
        fault       TEXT,
        next_ms     INTEGER,
        sealed      TEXT,
        PRIMARY KEY (endpoint_id, id)
      ) STRICT, WITHOUT ROWID;

      CREATE INDEX attempts_sealed ON attempts (endpoint_id, id) WHERE sealed IS NOT NULL;

      CREATE TABLE callbacks (job_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
    `,
  },
  {
    id: 5,
    name: "archived segments, what the log begins with",
    sql: `
      CREATE TABLE segments (
        epoch          INTEGER NOT NULL,
        first_seq      INTEGER NOT NULL,
        last_seq       INTEGER NOT NULL,
        events_before  INTEGER NOT NULL,
        last_event_seq INTEGER NOT NULL,
        min_ms         INTEGER NOT NULL,
        max_ms         INTEGER NOT NULL,
        key_version    INTEGER NOT NULL,
        PRIMARY KEY (epoch, first_seq)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX segments_by_event ON segments (epoch, last_event_seq) WHERE last_event_seq > events_before;
      CREATE INDEX segments_by_time ON segments (max_ms);

      CREATE TABLE log_floor (
        id          INTEGER PRIMARY KEY CHECK (id = 1),
        epoch       INTEGER NOT NULL,
        seq         INTEGER NOT NULL,
        event_epoch INTEGER NOT NULL,
        event_seq   INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE log_epochs (
        epoch         INTEGER PRIMARY KEY,
        events_before INTEGER NOT NULL
      ) STRICT;
    `,
  },
  {
    id: 6,
    name: "checkpoints of large files",
    sql: `
      CREATE TABLE checkpoints (
        job_id       TEXT    PRIMARY KEY,
        is_discarded INTEGER NOT NULL CHECK (is_discarded IN (0, 1)),
        body         TEXT    NOT NULL CHECK (json_valid(body))
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
    id: 7,
    name: "the tenant's own rules profiles",
    sql: `
      CREATE TABLE rules_profiles (
        channel          TEXT    NOT NULL,
        version          TEXT    NOT NULL,
        status           TEXT    NOT NULL,
        checksum         TEXT    NOT NULL,
        name             TEXT,
        rule_count       INTEGER NOT NULL,
        created_at_ms    INTEGER NOT NULL,
        updated_at_ms    INTEGER NOT NULL,
        published_at_ms  INTEGER,
        deprecated_at_ms INTEGER,
        deprecation      TEXT,
        body             TEXT    NOT NULL,
        PRIMARY KEY (channel, version)
      ) STRICT;
    `,
  },
  {
    id: 8,
    name: "accepted labels of files",
    sql: `
      CREATE TABLE header_mappings (
        channel       TEXT    PRIMARY KEY,
        body          TEXT    NOT NULL CHECK (json_valid(body)),
        updated_at_ms INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
    `,
  },
];
