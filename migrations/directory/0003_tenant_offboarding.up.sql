CREATE TABLE tenants_copy AS SELECT * FROM tenants;

DROP TABLE tenants;

CREATE TABLE tenants (
  tenant_id     TEXT    NOT NULL PRIMARY KEY CHECK (tenant_id GLOB 't_?*' AND tenant_id NOT GLOB '*[^a-z0-9_]*' AND length(tenant_id) <= 49),
  name          TEXT    NOT NULL,
  tier          TEXT    NOT NULL,
  status        TEXT    NOT NULL CHECK (status IN ('provisioning', 'active', 'suspended', 'offboarded')),
  overrides     TEXT    NOT NULL CHECK (json_valid(overrides)),
  location_hint TEXT,
  partition     INTEGER NOT NULL CHECK (partition BETWEEN 0 AND 31),
  shard         TEXT    NOT NULL CHECK (shard <> ''),
  created_at_ms INTEGER NOT NULL CHECK (created_at_ms >= 0),
  updated_at_ms INTEGER NOT NULL CHECK (updated_at_ms >= 0)
) STRICT, WITHOUT ROWID;

INSERT INTO tenants (tenant_id, name, tier, status, overrides, location_hint, partition, shard, created_at_ms, updated_at_ms)
SELECT tenant_id, name, tier, status, overrides, location_hint, partition, shard, created_at_ms, updated_at_ms
FROM tenants_copy;

DROP TABLE tenants_copy;
