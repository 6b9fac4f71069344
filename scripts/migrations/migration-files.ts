import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { statementsOf } from "./statements.ts";

const FILE = /^(\d{4})_([a-z0-9_]+)\.(up|down)\.sql$/;

export interface Migration {
  readonly id: number;
  readonly name: string;
  /** Of the way up, line ends and trailing spaces aside: what must never change once applied. */
  readonly checksum: string;
  readonly up: readonly string[];
  readonly down: readonly string[];
}

/** The `NNNN_name.up.sql` and `NNNN_name.down.sql` pairs of a folder, in order. */
export function readMigrations(folder: string): Migration[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(".sql"));
  const ids = new Set<number>();
  return names
    .flatMap((name) => {
      const [, digits, title, direction] = FILE.exec(name) ?? [];
      if (!digits || !title) {
        throw new Error(
          `${join(folder, name)}: a migration is named NNNN_name.up.sql or NNNN_name.down.sql.`,
        );
      }
      const stem = `${digits}_${title}`;
      const pair = direction === "up" ? `${stem}.down.sql` : `${stem}.up.sql`;
      if (!names.includes(pair)) throw new Error(`${join(folder, name)}: ${pair} is missing.`);
      return direction === "up" ? [readPair(folder, Number(digits), stem)] : [];
    })
    .sort((a, b) => a.id - b.id)
    .map((migration) => {
      if (ids.has(migration.id))
        throw new Error(`${folder}: two migrations have the number ${migration.id}.`);
      ids.add(migration.id);
      return migration;
    });
}

function readPair(folder: string, id: number, name: string): Migration {
  const read = (direction: "up" | "down") =>
    readFileSync(join(folder, `${name}.${direction}.sql`), "utf8").replace(/[ \t\r]+$/gm, "");
  const up = read("up");
  return {
    id,
    name,
    checksum: createHash("sha256").update(up).digest("hex"),
    up: statementsOf(up),
    down: statementsOf(read("down")),
  };
}
