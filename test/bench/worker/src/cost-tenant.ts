import { Tenant } from "../../../../durable-objects/tenant";
import type { Env } from "../../../../src/env";
import { SHARD_NAMES } from "../../../../src/shards/shard-router";
import type { BenchEnv } from "./bench-env";
import { countCalls, countWrites } from "./counted-tenant";

/** What events have cost since they were last asked for: in the object, between it and others, in D1. */
export interface Costs {
  readonly objectRows: number;
  readonly alarmsSet: number;
  readonly alarmsRung: number;
  readonly commits: number;
  readonly objectCalls: number;
  readonly queueMessages: number;
  readonly d1Batches: number;
  readonly d1Rows: number;
}

const NONE: Costs = {
  objectRows: 0,
  alarmsSet: 0,
  alarmsRung: 0,
  commits: 0,
  objectCalls: 0,
  queueMessages: 0,
  d1Batches: 0,
  d1Rows: 0,
};

/** One isolate serves the requests, the queue and the objects, and one tenant at a time is counted. */
let costs: Costs = NONE;
const add = (name: keyof Costs, much = 1): void => void (costs = { ...costs, [name]: costs[name] + much });

/** Asking costs nothing, and begins anew. */
export function takeCosts(): Costs {
  const calls = served?.calls() ?? 0;
  const taken = { ...costs, objectCalls: calls - callsTaken };
  costs = NONE;
  callsTaken = calls;
  return taken;
}

let served: ReturnType<typeof countCalls<Env>> | null = null;
let callsTaken = 0;

/** The `env` of who calls such objects. */
export function costEnv(env: BenchEnv): Env {
  const TENANTS = env.COST_TENANTS as unknown as Env["TENANTS"];
  served ??= countCalls<Env>({ ...env, TENANTS });
  return served.counted;
}

/** The product's object as it is, with counters in its storage and around what it is given. */
export class CostTenant extends Tenant {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, countedEnv(env));
    const { storage } = ctx;
    const setAlarm = storage.setAlarm.bind(storage);
    countWrites(storage, {
      wrote: (rows) => add("objectRows", rows),
      synced: () => add("commits"),
    });
    Object.defineProperty(storage, "setAlarm", {
      value: (...args: Parameters<typeof setAlarm>) => {
        add("alarmsSet");
        return setAlarm(...args);
      },
    });
  }

  override async alarm(): Promise<void> {
    add("alarmsRung");
    await super.alarm();
  }
}

function countedEnv(env: Env): Env {
  const shards = Object.fromEntries(SHARD_NAMES.map((name) => [name, countedShard(env[name])]));
  const EVENTS = {
    sendBatch: (messages: MessageSendRequest<never>[]) => {
      add("queueMessages", messages.length);
      return env.EVENTS.sendBatch(messages);
    },
  };
  return { ...env, ...shards, EVENTS } as unknown as Env;
}

const countedShard = (shard: D1Database): Pick<D1Database, "prepare" | "batch"> => ({
  prepare: (sql) => shard.prepare(sql),
  batch: async <T>(statements: D1PreparedStatement[]) => {
    const results = await shard.batch<T>(statements);
    add("d1Batches");
    for (const { meta } of results) add("d1Rows", meta.rows_written);
    return results;
  },
});
