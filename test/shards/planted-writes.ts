/** Writes past their tenant; each with a part of the fault that must be found. */

export const PLANTED_WRITES: readonly (readonly [what: string, sql: string, fault: string])[] = [
  ["a DELETE", "DELETE FROM jobs", "jobs: is deleted from"],
  ["a DELETE by id", "DELETE FROM jobs WHERE id = ?1", "jobs: is deleted from"],
  [
    "a DELETE by a subquery's tenant",
    "DELETE FROM jobs WHERE id IN (SELECT id FROM events WHERE tenant_id = ?1)",
    "jobs: is deleted from",
  ],
  ["an UPDATE", "UPDATE jobs SET status = ?1 WHERE id = ?2", "jobs: is updated"],
  ["an UPDATE of all", "UPDATE jobs SET errors = 0", "jobs: is updated"],
  ["an UPDATE OR IGNORE", "UPDATE OR IGNORE jobs SET errors = 0", "jobs: is updated"],
  ["an UPDATE that sets the tenant", "UPDATE jobs SET tenant_id = ?2 WHERE tenant_id = ?1", "tenant_id set"],
  [
    "an UPDATE that sets it among others",
    'UPDATE jobs SET (id, "Tenant_Id") = (?2, ?3) WHERE tenant_id = ?1',
    "tenant_id set",
  ],
  [
    "an UPDATE FROM that is not tied",
    "UPDATE jobs SET errors = e.seq FROM events e WHERE e.tenant_id = ?1 AND jobs.id = e.id",
    "jobs: is updated",
  ],
  [
    "an UPDATE's value",
    "UPDATE jobs SET errors = (SELECT count(*) FROM events) WHERE tenant_id = ?1",
    "events: is read",
  ],
  ["an UPDATE OR REPLACE", "UPDATE OR REPLACE jobs SET id = ?2 WHERE tenant_id = ?1", "jobs: is replaced in"],
  [
    "an INSERT without columns",
    "INSERT INTO sink_cursors VALUES (?1, 's', 0, 0)",
    "sink_cursors: is inserted",
  ],
  [
    "an INSERT without the tenant",
    "INSERT INTO sink_cursors (sink, epoch, seq) VALUES (?1, 0, 0)",
    "sink_cursors: is inserted into without tenant_id",
  ],
  [
    "an INSERT with the tenant not first",
    "INSERT INTO sink_cursors (sink, tenant_id, epoch, seq) VALUES (?2, ?1, 0, 0)",
    "sink_cursors: is inserted into without tenant_id",
  ],
  [
    "an INSERT of a literal tenant",
    "INSERT INTO sink_cursors (tenant_id, sink, epoch, seq) VALUES ('t_x', ?1, 0, 0)",
    "sink_cursors: is inserted into without a parameter",
  ],
  [
    "an INSERT's second row",
    "INSERT INTO sink_cursors (tenant_id, sink, epoch, seq) VALUES (?1, 'a', 0, 0), ('t_x', 'b', 0, 0)",
    "sink_cursors: is inserted into without a parameter",
  ],
  [
    "an INSERT of what JSON says",
    `INSERT INTO sink_cursors (tenant_id, sink, epoch, seq)
     SELECT value ->> '$.tenant_id', 's', 0, 0 FROM json_each(?1)`,
    "sink_cursors: is inserted into without a parameter",
  ],
  [
    "an INSERT from another's rows",
    "INSERT INTO sink_cursors (tenant_id, sink, epoch, seq) SELECT ?1, sink, epoch, seq FROM sink_cursors",
    "sink_cursors: is read",
  ],
  [
    "an INSERT from another tenant's rows",
    `INSERT INTO sink_cursors (tenant_id, sink, epoch, seq)
     SELECT ?1, sink, epoch, seq FROM sink_cursors WHERE tenant_id = ?2`,
    "statement: names two tenants",
  ],
  ["an INSERT of defaults", "INSERT INTO sink_cursors DEFAULT VALUES", "sink_cursors: is inserted"],
  [
    "an INSERT OR REPLACE",
    "INSERT OR REPLACE INTO sink_cursors (tenant_id, sink, epoch, seq) VALUES (?1, 's', 0, 0)",
    "sink_cursors: is replaced in",
  ],
  [
    "a REPLACE",
    "REPLACE INTO sink_cursors (tenant_id, sink, epoch, seq) VALUES (?1, 's', 0, 0)",
    "sink_cursors: is replaced in",
  ],
  [
    "an upsert that sets the tenant",
    `INSERT INTO sink_cursors (tenant_id, sink, epoch, seq) VALUES (?1, 's', 0, 0)
     ON CONFLICT (tenant_id, sink) DO UPDATE SET tenant_id = excluded.tenant_id`,
    "tenant_id set",
  ],
  [
    "an upsert on a key without the tenant",
    `INSERT INTO sink_cursors (tenant_id, sink, epoch, seq) VALUES (?1, 's', 0, 0)
     ON CONFLICT DO UPDATE SET epoch = 1`,
    "sink_cursors: is updated on a conflict",
  ],
  [
    "an upsert's value",
    `INSERT INTO sink_cursors (tenant_id, sink, epoch, seq) VALUES (?1, 's', 0, 0)
     ON CONFLICT (tenant_id, sink) DO UPDATE SET epoch = (SELECT max(epoch) FROM events)`,
    "events: is read",
  ],
  [
    "a RETURNING",
    "DELETE FROM jobs WHERE tenant_id = ?1 RETURNING (SELECT count(*) FROM events)",
    "events: is read",
  ],
];

/** What is no SQL at all: the lint says so, and does not pass what it cannot read. */
export const UNREADABLE: readonly string[] = [
  "SELECT * FROM jobs WHERE (tenant_id = ?1",
  "SELECT * FROM jobs) WHERE tenant_id = ?1",
  "SELECT * FROM jobs WHERE tenant_id = ?1 AND id = 'x",
  "SELECT CASE 1 FROM jobs WHERE tenant_id = ?1",
  "SELECT * FROM jobs jobs jobs WHERE tenant_id = ?1",
  "FROM jobs SELECT *",
  "SELECT 1 FROM jobs, (SELECT id AS tenant_id FROM events WHERE tenant_id = ?1) WHERE tenant_id = ?1",
  "WITH mine SELECT * FROM jobs WHERE tenant_id = ?1",
];
