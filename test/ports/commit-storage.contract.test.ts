import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { CommitStorage } from "../../durable-objects/tenant/command";
import { describeKept, keeps, type Contract, type Maker } from "./contract";

/** A storage with one table of numbers. */
interface Subject {
  readonly storage: CommitStorage;
  readonly write: (n: number) => void;
  readonly rows: () => readonly number[];
}

const contract: Contract<Subject> = {
  "gives back what the closure returns": ({ storage }) => {
    const value = { n: 1 };
    expect(storage.transactionSync(() => value)).toBe(value);
    expect(storage.transactionSync(() => undefined)).toBeUndefined();
  },

  "runs the closure once, before it returns": ({ storage }) => {
    let runs = 0;
    storage.transactionSync(() => void runs++);
    expect(runs).toBe(1);
  },

  "shows what was written inside and afterwards": ({ storage, write, rows }) => {
    storage.transactionSync(() => {
      write(1);
      expect(rows()).toEqual([1]);
    });
    expect(rows()).toEqual([1]);
  },

  "throws what the closure throws, and keeps nothing that it wrote": ({ storage, write, rows }) => {
    storage.transactionSync(() => write(1));
    const bug = new Error("a bug in a command");
    let thrown: unknown;
    try {
      storage.transactionSync(() => {
        write(2);
        write(3);
        throw bug;
      });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBe(bug);
    expect(rows()).toEqual([1]);
  },

  "goes on after a transaction that was undone": ({ storage, write, rows }) => {
    expect(() => storage.transactionSync(failing(() => write(1)))).toThrow("undone");
    storage.transactionSync(() => write(2));
    expect(rows()).toEqual([2]);
  },

  // The command that provisions makes its tables by a transaction of their own (`migrate`).
  "undoes an inner transaction alone when that one fails": ({ storage, write, rows }) => {
    storage.transactionSync(() => {
      write(1);
      expect(() => storage.transactionSync(failing(() => write(2)))).toThrow("undone");
      write(3);
    });
    expect(rows()).toEqual([1, 3]);
  },

  "undoes an inner transaction with its outer one": ({ storage, write, rows }) => {
    const outer = failing(() => storage.transactionSync(() => write(1)));
    expect(() => storage.transactionSync(outer)).toThrow("undone");
    expect(rows()).toEqual([]);
  },

  "syncs, with something to make durable or without": async ({ storage, write, rows }) => {
    await expect(storage.sync()).resolves.toBeUndefined();
    storage.transactionSync(() => write(1));
    await expect(storage.sync()).resolves.toBeUndefined();
    expect(rows()).toEqual([1]);
  },

  "takes transactions while it syncs": async ({ storage, write, rows }) => {
    storage.transactionSync(() => write(1));
    const synced = storage.sync();
    storage.transactionSync(() => write(2));
    await synced;
    await storage.sync();
    expect(rows()).toEqual([1, 2]);
  },
};

function failing(work: () => void): () => never {
  return () => {
    work();
    throw new Error("undone");
  };
}

const freshObject = () => env.TENANTS.getByName(`commit-storage-${crypto.randomUUID()}`);

const rowsOf = (sql: SqlStorage) =>
  sql
    .exec<{ n: number }>("SELECT n FROM written ORDER BY n")
    .toArray()
    .map(({ n }) => n);

/** Over the storage of a fresh object, or over what `spoil` makes of it. */
const object =
  (spoil: (storage: CommitStorage) => CommitStorage = (storage) => storage): Maker<Subject> =>
  (clause) =>
    runInDurableObject(freshObject(), async (_object, { storage }) => {
      const { sql } = storage;
      sql.exec("CREATE TABLE written (n INTEGER NOT NULL) STRICT");
      await clause({
        storage: spoil(storage),
        write: (n) => void sql.exec("INSERT INTO written VALUES (?)", n),
        rows: () => rowsOf(sql),
      });
    });

describe("CommitStorage", () => {
  describeKept("a Durable Object's storage", contract, object());

  it("keeps what it synced when the object is thrown away", async () => {
    const stub = freshObject();
    await runInDurableObject(stub, async (_object, { storage }) => {
      storage.transactionSync(() => {
        storage.sql.exec("CREATE TABLE written (n INTEGER NOT NULL) STRICT");
        storage.sql.exec("INSERT INTO written VALUES (1)");
      });
      await storage.sync();
    });
    await evictDurableObject(stub);
    await runInDurableObject(stub, (_object, { storage }) => expect(rowsOf(storage.sql)).toEqual([1]));
  });
});

const onlyOutermost = (storage: CommitStorage): CommitStorage => {
  let isOpen = false;
  return {
    sync: () => storage.sync(),
    transactionSync: (closure) => {
      if (isOpen) return closure();
      isOpen = true;
      try {
        return storage.transactionSync(closure);
      } finally {
        isOpen = false;
      }
    },
  };
};

describe("the contract finds a storage that", () => {
  const sync = () => Promise.resolve();
  it.each<readonly [string, (storage: CommitStorage) => CommitStorage, string]>([
    [
      "rolls nothing back",
      () => ({ sync, transactionSync: (closure) => closure() }),
      "throws what the closure throws, and keeps nothing that it wrote",
    ],
    [
      "throws something else",
      (storage) => ({
        sync,
        transactionSync: (closure) => {
          try {
            return storage.transactionSync(closure);
          } catch (cause) {
            throw new Error("The transaction failed.", { cause });
          }
        },
      }),
      "throws what the closure throws, and keeps nothing that it wrote",
    ],
    [
      "loses the value",
      (storage) => ({ sync, transactionSync: (closure) => void storage.transactionSync(closure) as never }),
      "gives back what the closure returns",
    ],
    [
      "runs the closure twice",
      (storage) => ({
        sync,
        transactionSync: (closure) => storage.transactionSync(() => (closure(), closure())),
      }),
      "runs the closure once, before it returns",
    ],
    ["does not nest", onlyOutermost, "undoes an inner transaction alone when that one fails"],
    [
      "cannot sync with nothing to do",
      (storage) => ({
        sync: () => Promise.reject(new Error("nothing to sync")),
        transactionSync: (closure) => storage.transactionSync(closure),
      }),
      "syncs, with something to make durable or without",
    ],
  ])("%s", async (_fault, spoil, clause) => {
    expect(await keeps(object(spoil), contract, clause)).toBe(false);
  });
});
