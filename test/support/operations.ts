import { recording } from "./d1";

/** One way through a method that runs SQL. */
export interface Operation {
  /** `Class.method`. */
  readonly method: string;
  readonly way: string;
  readonly run: (db: D1Database) => Promise<unknown>;
}

export interface Stated {
  readonly method: string;
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** Every statement that the operations prepare, in their order. */
export async function statementsOf(
  db: D1Database,
  operations: readonly Operation[],
): Promise<readonly Stated[]> {
  const stated: Stated[] = [];
  for (const { method, run } of operations) {
    const recorder = recording(db);
    await run(recorder.db);
    stated.push(...recorder.statements.map((statement) => ({ method, ...statement })));
  }
  return stated;
}
