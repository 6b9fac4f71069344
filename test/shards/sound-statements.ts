/** Statements that keep to their tenant, however they are written. */

export const GOOD: readonly (readonly [what: string, sql: string])[] = [
  ["a parameter", "SELECT * FROM jobs WHERE tenant_id = ?"],
  ["a numbered parameter", "SELECT * FROM jobs WHERE tenant_id = ?1"],
  ["the parameter first", "SELECT * FROM jobs WHERE ?1 = tenant_id"],
  ["a double equals sign", "SELECT * FROM jobs WHERE tenant_id == ?1"],
  ["more conditions", "SELECT * FROM jobs WHERE id = ?2 AND tenant_id = ?1 AND (errors > 1 OR warnings > 1)"],
  ["conditions in parentheses", "SELECT * FROM jobs WHERE ((tenant_id = ?1) AND (id = ?2))"],
  ["a BETWEEN before it", "SELECT * FROM jobs WHERE created_at_ms BETWEEN ?2 AND ?3 AND tenant_id = ?1"],
  ["an OR in a text", "SELECT * FROM jobs WHERE tenant_id = ?1 AND id = ' OR 1'"],
  ["a CASE before it", "SELECT * FROM jobs WHERE CASE WHEN id = ?2 OR 1 THEN 1 END AND tenant_id = ?1"],
  ["quoted names", 'select "id" from "jobs" where ("jobs"."tenant_id" = ? and "jobs"."id" = ?) limit ?'],
  ["backticks and brackets", "SELECT * FROM `jobs` AS [j] WHERE [j].`tenant_id` = ?1"],
  ["capitals", "SELECT * FROM JOBS WHERE TENANT_ID = ?1"],
  ["comments", "SELECT /* OR */ * FROM jobs -- all\n WHERE tenant_id /* = 't_x' */ = ?1"],
  ["a schema", "SELECT * FROM main.jobs AS j WHERE j.tenant_id = ?1"],
  ["an index", "SELECT * FROM jobs INDEXED BY jobs_by_status WHERE tenant_id = ?1"],
  [
    "the rest of a SELECT",
    `SELECT DISTINCT status, count(*) FILTER (WHERE errors > 0) AS n FROM jobs WHERE tenant_id = ?1
     GROUP BY status HAVING count(*) > 1 WINDOW w AS (ORDER BY id) ORDER BY n LIMIT 5 OFFSET 1`,
  ],
  ["a join", "SELECT * FROM jobs j JOIN events e ON e.tenant_id = j.tenant_id WHERE j.tenant_id = ?1"],
  [
    "a join tied the other way",
    "SELECT 1 FROM jobs j, events e WHERE e.tenant_id = ?1 AND j.tenant_id = e.tenant_id",
  ],
  ["a LEFT JOIN", "SELECT 1 FROM jobs j LEFT OUTER JOIN events e ON e.tenant_id = ?1 WHERE j.tenant_id = ?1"],
  [
    "three tables",
    `SELECT 1 FROM jobs j JOIN (events e JOIN audit_logs a ON a.tenant_id = e.tenant_id)
       ON e.tenant_id = j.tenant_id WHERE j.tenant_id = ?1`,
  ],
  ["a derived table", "SELECT * FROM (SELECT * FROM jobs WHERE tenant_id = ?1) AS mine WHERE mine.id = ?2"],
  [
    "a derived table that carries the tenant",
    "SELECT 1 FROM events e JOIN (SELECT tenant_id, id FROM jobs WHERE tenant_id = ?1) j ON e.tenant_id = j.tenant_id",
  ],
  ["an EXISTS", "SELECT EXISTS (SELECT 1 FROM jobs WHERE tenant_id = ?1 AND id = ?2)"],
  [
    "a correlated EXISTS",
    `SELECT * FROM jobs WHERE tenant_id = ?1
       AND EXISTS (SELECT 1 FROM events e WHERE e.tenant_id = jobs.tenant_id AND e.subject = jobs.id)`,
  ],
  [
    "a CTE",
    "WITH mine AS (SELECT * FROM jobs WHERE tenant_id = ?1) SELECT e.id FROM events e, mine WHERE e.tenant_id = mine.tenant_id",
  ],
  [
    "a CTE of the parameter",
    "WITH p (tenant_id) AS (VALUES (?1)) SELECT 1 FROM jobs JOIN p ON jobs.tenant_id = p.tenant_id",
  ],
  [
    "a recursion",
    `WITH RECURSIVE c AS (SELECT tenant_id, id FROM jobs WHERE tenant_id = ?1
       UNION SELECT j.tenant_id, j.id FROM jobs j JOIN c ON j.tenant_id = c.tenant_id AND j.retry_of = c.id)
     SELECT * FROM c`,
  ],
  [
    "a UNION",
    "SELECT id FROM jobs WHERE tenant_id = ?1 UNION ALL SELECT id FROM events WHERE tenant_id = ?1 ORDER BY 1",
  ],
  ["IS DISTINCT FROM", "SELECT * FROM jobs WHERE status IS NOT DISTINCT FROM ?2 AND tenant_id = ?1"],
  ["a DELETE", "DELETE FROM jobs AS j WHERE j.tenant_id = ?1 AND j.id = ?2 RETURNING id"],
  [
    "an UPDATE",
    "UPDATE jobs SET errors = errors + 1, status = ?2 WHERE tenant_id = ?1 AND id = ?3 RETURNING *",
  ],
  [
    "an UPDATE FROM",
    "UPDATE jobs AS j SET errors = e.seq FROM events e WHERE j.tenant_id = ?1 AND e.tenant_id = j.tenant_id",
  ],
  ["an INSERT", "INSERT INTO sink_cursors (tenant_id, sink, epoch, seq) VALUES (?, ?, ?, ?), (?, ?, ?, ?)"],
  [
    "an upsert",
    `INSERT INTO sink_cursors (tenant_id, sink, epoch, seq) VALUES (?1, ?2, 0, 0)
     ON CONFLICT (tenant_id, sink) DO UPDATE SET epoch = excluded.epoch WHERE excluded.epoch > sink_cursors.epoch
     RETURNING tenant_id`,
  ],
  [
    "an INSERT SELECT",
    `INSERT INTO sink_cursors (tenant_id, sink, epoch, seq)
     SELECT ?1, sink, epoch, seq FROM sink_cursors WHERE tenant_id = ?1 ON CONFLICT DO NOTHING`,
  ],
  [
    "an INSERT of a CTE",
    `WITH s AS (SELECT sink FROM sink_cursors WHERE tenant_id = ?1)
     INSERT INTO sink_cursors (tenant_id, sink, epoch, seq) SELECT ?1, sink || '2', 0, 0 FROM s`,
  ],
  ["a table of nobody's", "SELECT name FROM sqlite_master WHERE type = 'table'"],
  ["no table", "SELECT 1"],
  ["a PRAGMA", "PRAGMA table_info(jobs)"],
  ["an EXPLAIN", "EXPLAIN QUERY PLAN SELECT * FROM jobs"],
  ["DDL", "CREATE INDEX IF NOT EXISTS jobs_by_creation ON jobs (tenant_id, created_at_ms, id)"],
];
