import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, it } from "node:test";
import {
  migrateDown,
  migrateUp,
  MigrationConflict,
  type MigrationTarget,
} from "../../../scripts/migrations/migrate.ts";
import { readMigrations } from "../../../scripts/migrations/migration-files.ts";
import { statementsOf } from "../../../scripts/migrations/statements.ts";

const PROJECT_MIGRATIONS = join(import.meta.dirname, "../../../migrations");
const COUNT_TRIGGER = `CREATE TRIGGER count_notes AFTER INSERT ON notes BEGIN
  UPDATE totals SET n = CASE WHEN n IS NULL THEN 1 ELSE n + 1 END; -- one; more
  INSERT INTO journal VALUES ('added; "quoted"');
END`;

let folder: string;
let database: DatabaseSync;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "validahub-migrations-"));
  database = new DatabaseSync(":memory:");
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

function target(): MigrationTarget {
  return {
    query: async (sql) => database.prepare(sql).all(),
    async batch(statements) {
      database.exec("BEGIN");
      try {
        for (const { sql, params = [] } of statements) database.prepare(sql).run(...params);
        database.exec("COMMIT");
      } catch (error) {
        database.exec("ROLLBACK");
        throw error;
      }
    },
  };
}

function write(name: string, up: string, down = "SELECT 1;"): void {
  writeFileSync(join(folder, `${name}.up.sql`), up);
  writeFileSync(join(folder, `${name}.down.sql`), down);
}

const up = () => migrateUp(target(), readMigrations(folder), 1_000);
const names = () =>
  database
    .prepare("SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name")
    .all()
    .map(({ name }) => name);

describe("statementsOf", () => {
  const cases: [string, string, string[]][] = [
    ["two statements and trailing blanks", "SELECT 1;\n SELECT 2 ;\n\n", ["SELECT 1", "SELECT 2"]],
    ["no semicolon at the end", "SELECT 1", ["SELECT 1"]],
    ["nothing but comments", "-- a; b\n/* c; d */", []],
    [
      "semicolons in texts, names and comments",
      `SELECT ';''', ";" -- ;\n, [;] /* ; */;`,
      [`SELECT ';''', ";" -- ;\n, [;] /* ; */`],
    ],
    ["a trigger's body", `${COUNT_TRIGGER};SELECT 2;`, [COUNT_TRIGGER, "SELECT 2"]],
    [
      "CASE outside a trigger",
      "SELECT CASE 1 WHEN 1 THEN 2 END; SELECT 3;",
      ["SELECT CASE 1 WHEN 1 THEN 2 END", "SELECT 3"],
    ],
  ];
  for (const [what, sql, expected] of cases) it(what, () => assert.deepEqual(statementsOf(sql), expected));
});

describe("migrations", () => {
  it("apply once, in order, a trigger with its body", async () => {
    write(
      "0001_notes",
      "CREATE TABLE notes (t TEXT); CREATE TABLE totals (n INT); CREATE TABLE journal (t TEXT);",
    );
    write("0002_count", `${COUNT_TRIGGER};\nINSERT INTO totals VALUES (NULL);`);

    assert.deepEqual(await up(), ["0001_notes", "0002_count"]);
    assert.deepEqual(await up(), []);

    database.exec("INSERT INTO notes VALUES ('a')");
    assert.equal(database.prepare("SELECT n FROM totals").get()?.["n"], 1);
  });

  it("leave nothing of one that fails, and keep those before it", async () => {
    write("0001_notes", "CREATE TABLE notes (t TEXT);");
    write("0002_broken", "CREATE TABLE half (t TEXT); INSERT INTO nowhere VALUES (1);");

    await assert.rejects(up(), /nowhere/);

    assert.deepEqual(names(), ["_migrations", "notes"]);
  });

  it("refuse a history that was changed, overtaken or lost", async () => {
    write("0002_notes", "CREATE TABLE notes (t TEXT);");
    await up();
    const conflicts: (() => void)[] = [
      () => write("0002_notes", "CREATE TABLE notes (t TEXT, more TEXT);"),
      () => {
        write("0002_notes", "CREATE TABLE notes (t TEXT);");
        write("0001_late", "CREATE TABLE late (t TEXT);");
      },
      () => {
        for (const way of ["up", "down"]) rmSync(join(folder, `0002_notes.${way}.sql`));
      },
    ];
    for (const change of conflicts) {
      change();
      await assert.rejects(up(), MigrationConflict);
      assert.deepEqual(names(), ["_migrations", "notes"]);
    }
  });

  it("need a pair of well-named files with a number of its own", () => {
    writeFileSync(join(folder, "0001_alone.up.sql"), "SELECT 1;");
    assert.throws(() => readMigrations(folder), /0001_alone\.down\.sql is missing/);
    write("0001_alone", "SELECT 1;");
    write("0001_twin", "SELECT 1;");
    assert.throws(() => readMigrations(folder), /two migrations have the number 1/);
    writeFileSync(join(folder, "stray.sql"), "SELECT 1;");
    assert.throws(() => readMigrations(folder), /named NNNN_name/);
  });
});

describe("the project's migrations", () => {
  for (const kind of ["directory", "shard"]) {
    it(`${kind}: every way up has its way back`, async () => {
      const migrations = readMigrations(join(PROJECT_MIGRATIONS, kind));
      const stages: unknown[][] = [];
      for (const [index] of migrations.entries()) {
        await migrateUp(target(), migrations.slice(0, index + 1), 1_000);
        stages.push(names());
      }

      for (const { id } of migrations.toReversed()) {
        assert.deepEqual(names(), stages.pop());
        await migrateDown(target(), migrations, id - 1);
      }
      assert.deepEqual(names(), ["_migrations"]);
    });
  }
});
