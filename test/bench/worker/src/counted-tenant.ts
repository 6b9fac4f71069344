import { Tenant } from "../../../../durable-objects/tenant";
import type { Env } from "../../../../src/env";

export interface Counts {
  /** Statements that wrote at least one row. */
  readonly writes: number;
  /** Rows written as SQLite counts them and Cloudflare bills them: a row's index entries are rows too. */
  readonly rows: number;
  /** Commits that were waited for. */
  readonly syncs: number;
}

const NONE: Counts = { writes: 0, rows: 0, syncs: 0 };

/** The product's object, unchanged but for counters in its storage. Its alarm is off: commands alone are counted. */
export class CountedTenant extends Tenant {
  #counts: Counts = NONE;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    countWrites(ctx.storage, {
      wrote: (written) => {
        const { writes, rows, syncs } = this.#counts;
        this.#counts = { writes: writes + 1, rows: rows + written, syncs };
      },
      synced: () => {
        this.#counts = { ...this.#counts, syncs: this.#counts.syncs + 1 };
      },
    });
  }

  async takeCounts(): Promise<Counts> {
    const counts = this.#counts;
    this.#counts = NONE;
    return counts;
  }

  override async alarm(): Promise<void> {}
}

/** What becomes known of an object's storage while it is used. */
interface WriteListener {
  /** One statement wrote so many rows; one that wrote none is not told. */
  readonly wrote: (rows: number) => void;
  readonly synced: () => void;
}

export function countWrites(storage: DurableObjectStorage, { wrote, synced }: WriteListener): void {
  const { sql } = storage;
  const exec = sql.exec.bind(sql);
  const sync = storage.sync.bind(storage);
  const counted: typeof sql.exec = (query, ...bindings) => {
    const cursor = exec(query, ...bindings);
    if (cursor.rowsWritten > 0) wrote(cursor.rowsWritten);
    return cursor as ReturnType<typeof sql.exec<never>>;
  };
  Object.defineProperty(sql, "exec", { value: counted });
  Object.defineProperty(storage, "sync", {
    value: () => {
      synced();
      return sync();
    },
  });
}

/** An `env` whose tenant objects count the calls made to them. */
export function countCalls<E extends Env>(env: E): { readonly counted: E; readonly calls: () => number } {
  let calls = 0;
  const countedStub = <T extends object>(stub: T): T =>
    new Proxy(stub, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== "function") return member;
        return (...args: unknown[]): unknown => {
          calls++;
          return Reflect.apply(member, target, args);
        };
      },
    });
  const namespace = new Proxy(env.TENANTS, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return (...args: unknown[]): unknown => {
        const made: unknown = Reflect.apply(member, target, args);
        return name === "get" || name === "getByName" ? countedStub(made as object) : made;
      };
    },
  });
  return { counted: { ...env, TENANTS: namespace }, calls: () => calls };
}
