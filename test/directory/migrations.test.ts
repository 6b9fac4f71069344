import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { runMigrations, schemaOf } from "../support/d1";

const SCRIPTS = import.meta.glob<string>("../../migrations/directory/0003_*.sql", {
  query: "?raw",
  import: "default",
  eager: true,
});

async function run(db: D1Database, way: "up" | "down"): Promise<void> {
  const [, script = ""] = Object.entries(SCRIPTS).find(([path]) => path.endsWith(`.${way}.sql`)) ?? [];
  const statements = script.split(";").filter((statement) => statement.trim() !== "");
  await db.batch(statements.map((statement) => db.prepare(statement)));
}

it("a directory with tenants keeps them over the way back and forth, and takes no id that is none", async () => {
  const db = env.DIRECTORY;
  await runMigrations(db, "directory", "up");
  const before = await schemaOf(db);
  const insert = (id: string, status: string) =>
    db
      .prepare(
        `INSERT INTO tenants (tenant_id, name, tier, status, overrides, location_hint, partition, shard,
           created_at_ms, updated_at_ms) VALUES (?, 'A', 'basic', ?, '{}', NULL, 3, 'SHARD_3', 1, 2)`,
      )
      .bind(id, status)
      .run();
  for (const status of ["provisioning", "active", "suspended", "offboarded"])
    await insert(`t_${status}`, status);
  for (const id of ["", "t_", "T_A", "t_á", "x_a", `t_${"a".repeat(48)}`, "t_a\n"])
    await expect(insert(id, "active")).rejects.toThrow(/constraint/i);

  const rows = async () => (await db.prepare("SELECT * FROM tenants ORDER BY tenant_id").all()).results;
  const populated = await rows();
  await run(db, "down");
  expect(await rows()).toEqual(
    populated.map((row) => (row["status"] === "offboarded" ? { ...row, status: "suspended" } : row)),
  );
  await run(db, "up");
  expect(await schemaOf(db)).toEqual(before);
  expect(await rows()).toHaveLength(populated.length);
});
