import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { CommandQueue, type CommandHooks } from "../../durable-objects/tenant/command";

/** A queue over a real object's storage, with a table of its own; `commits` counts the transactions' ends. */
async function withQueue(
  test: (queue: CommandQueue, sql: SqlStorage, seen: { commits: number; aborted: string[] }) => Promise<void>,
): Promise<void> {
  const stub = env.TENANTS.getByName(`command-${crypto.randomUUID()}`);
  await runInDurableObject(stub, async (_object, { storage }) => {
    storage.sql.exec("CREATE TABLE seen (n INTEGER) STRICT");
    const seen = { commits: 0, aborted: [] as string[] };
    const hooks: CommandHooks = {
      beforeCommit: () => void seen.commits++,
      afterCommit: () => {},
      afterRollback: () => {},
      abort: (reason) => void seen.aborted.push(reason),
    };
    await test(new CommandQueue(storage, hooks), storage.sql, seen);
  });
}

const insert = (sql: SqlStorage, n: number) => void sql.exec("INSERT INTO seen VALUES (?)", n);
const rows = (sql: SqlStorage) =>
  sql
    .exec<{ n: number }>("SELECT n FROM seen ORDER BY n")
    .toArray()
    .map(({ n }) => n);

describe("CommandQueue", () => {
  it("lets commands that wait share one commit, each with its own outcome", async () => {
    await withQueue(async (queue, sql, seen) => {
      const outcomes = await Promise.allSettled([
        queue.run(() => insert(sql, 1)),
        ...[2, 3, 4].map((n) =>
          queue.run(() => {
            insert(sql, n);
            if (n === 3) throw new Error("a bug in one command");
            return n;
          }),
        ),
      ]);

      expect(outcomes.map(({ status }) => status)).toEqual([
        "fulfilled",
        "fulfilled",
        "rejected",
        "fulfilled",
      ]);
      expect(rows(sql)).toEqual([1, 2, 4]);
      // One alone, one that is rolled back before its hook, then the three on their own.
      expect(seen.commits).toBe(3);
    });
  });

  it("refuses a command that returns a promise, leaves no trace of it and gives the object up", async () => {
    await withQueue(async (queue, sql, seen) => {
      const sneaky = async () => insert(sql, 1);

      await expect(queue.run(sneaky as unknown as () => never)).rejects.toThrow(TypeError);
      expect(rows(sql)).toEqual([]);
      expect(seen.aborted).toHaveLength(1);
    });
  });

  it("fails every command of a batch whose commit fails, and keeps nothing of it", async () => {
    const stub = env.TENANTS.getByName(`command-${crypto.randomUUID()}`);
    await runInDurableObject(stub, async (_object, { storage }) => {
      storage.sql.exec("CREATE TABLE seen (n INTEGER) STRICT");
      let failing = true;
      const queue = new CommandQueue(storage, {
        beforeCommit: () => {
          if (failing) throw new Error("disk full");
        },
        afterCommit: () => {},
        afterRollback: () => {},
        abort: () => {},
      });
      await expect(queue.run(() => insert(storage.sql, 1))).rejects.toThrow("disk full");
      failing = false;
      await queue.run(() => insert(storage.sql, 2));
      expect(rows(storage.sql)).toEqual([2]);
    });
  });
});
