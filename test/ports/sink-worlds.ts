import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { v7 as uuidV7 } from "uuid";
import { CommandQueue } from "../../durable-objects/tenant/command";
import { migrate } from "../../durable-objects/migrate";
import { applyStep } from "../../durable-objects/tenant/operations/jobs";
import { grantLeases, leaseSink, type LeaseTerms } from "../../durable-objects/tenant/relay/leases";
import { archiveSink } from "../../durable-objects/tenant/relay/archive";
import { OpenedTexts } from "../../durable-objects/tenant/opened-texts";
import { Seal } from "../../durable-objects/tenant/seal";
import { segmentsPrefix } from "../../src/storage/keys";
import { readSegment } from "../../src/storage/segments";
import { projectionSink } from "../../durable-objects/tenant/relay/projection";
import type { Sink } from "../../durable-objects/tenant/relay/drain";
import { migrations } from "../../durable-objects/tenant/schema";
import type { TimerKind } from "../../durable-objects/tenant/timers";
import { PLATFORM, Stores } from "../../durable-objects/tenant/stores";
import { newJob } from "../../src/domain/new-job";
import { tenantObjectName } from "../../src/domain/tenant";
import type { TenantId } from "../../src/domain/tenant-id";
import type { JobMessage } from "../../src/queues/messages";
import { ShardLog } from "../../src/shards/shard-log";
import { ShardProjection } from "../../src/shards/shard-projection";
import { messageKeys } from "../support/callers";
import { migratedShard } from "../support/d1";
import { listSink } from "../support/list-sink";
import { freshTenantId } from "../support/tenants";
import type { Maker } from "./contract";
import type { SinkWorld } from "./sink-contract";

type BatchOf<S> = S extends Sink<infer Batch> ? Batch : never;
export type ProjectionBatch = BatchOf<ReturnType<typeof projectionSink>>;
export type ArchiveBatch = BatchOf<ReturnType<typeof archiveSink>>;
export type ListBatch = readonly number[];
type ListSink = ReturnType<typeof listSink>;

/** The drain tests' sink, or what `spoil` makes of it. */
export const listWorld =
  (spoil: (list: ListSink) => Partial<Sink<ListBatch>> = () => ({})): Maker<SinkWorld<ListBatch>> =>
  async (clause) => {
    const entries = [1, 2, 3, 4, 5];
    let isDown = false;
    const list = listSink(entries, () => (isDown ? "throw" : null));
    await clause({
      open: async () => ({ ...list.sink, ...spoil(list) }),
      idsOf: (batch) => batch.map(String),
      waiting: entries.map(String),
      add: async () => String(entries.push(entries.length + 1)),
      // Its other side is a reader that knows what it has seen.
      arrived: async () => [...new Set(list.received)].map(String),
      refuse: (down) => void (isDown = down),
      crash: async () => {},
      retryAtMs: () => list.state.retryAtMs,
    });
  };

export interface Tables {
  readonly tenantId: TenantId;
  readonly stores: Stores;
  readonly commands: CommandQueue;
  readonly sql: SqlStorage;
  readonly dueMs: (kind: TimerKind) => number | null;
}

/** The tables of an object whose alarm nobody rings. */
export async function inObject(test: (tables: Tables) => Promise<void>): Promise<void> {
  const tenantId = freshTenantId();
  const stub = env.TENANTS.getByName(tenantObjectName(tenantId));
  await runInDurableObject(stub, async (_object, { storage }) => {
    migrate(storage, migrations);
    const stores = new Stores(storage.sql);
    const commands = new CommandQueue(storage, {
      beforeCommit: () => {},
      afterCommit: () => {},
      afterRollback: () => stores.log.forget(),
      abort: (reason) => {
        throw new Error(reason);
      },
    });
    const dueMs = (kind: string) =>
      storage.sql.exec<{ due: number }>("SELECT due_ms AS due FROM timers WHERE kind = ?", kind).toArray()[0]
        ?.due ?? null;
    await test({ tenantId, stores, commands, sql: storage.sql, dueMs });
  });
}

/** More entries than one batch takes, of both kinds. */
const LOG_ENTRIES = 230;
const ARRIVED = `SELECT id FROM (
    SELECT epoch, seq, id FROM events WHERE tenant_id = ?1
    UNION ALL SELECT epoch, seq, id FROM audit_logs WHERE tenant_id = ?1
  ) ORDER BY epoch, seq`;

export const projectionWorld: Maker<SinkWorld<ProjectionBatch>> = async (clause) => {
  const db = await migratedShard();
  await inObject(async ({ tenantId, stores, commands, dueMs }) => {
    let isDown = false;
    const refusing = {
      prepare: (sql: string) => db.prepare(sql),
      batch: <T>(statements: D1PreparedStatement[]) =>
        isDown ? Promise.reject(new Error("D1 is down")) : db.batch<T>(statements),
    } as D1Database;

    const record = (n: number): string => {
      const subject = `key:k_${n}`;
      const fact =
        n % 3 === 0
          ? ({ kind: "audit", type: "key.revoked", subject, data: { key_id: `k_${n}` } } as const)
          : ({ kind: "event", type: "tenant.resumed", subject, data: { reason: null } } as const);
      stores.record(PLATFORM, fact, Date.now());
      const { epoch, seq } = stores.log.head();
      return stores.log.after(epoch, seq - 1, 1)[0]?.id ?? "";
    };
    const waiting = await commands.run(() => Array.from({ length: LOG_ENTRIES }, (_none, n) => record(n)));

    await clause({
      open: async () =>
        projectionSink(tenantId, new ShardProjection(refusing), new ShardLog(refusing), stores, commands),
      idsOf: ({ entries }) => entries.map(({ id }) => id),
      waiting,
      add: () => commands.run(() => record(1)),
      arrived: async () => {
        const { results } = await db.prepare(ARRIVED).bind(tenantId).all<{ id: string }>();
        return results.map(({ id }) => id);
      },
      refuse: (down) => void (isDown = down),
      crash: async () => {},
      retryAtMs: () => dueMs("relay"),
    });
  });
};

/** One version of a key, for whoever seals without a tenant's vault. */
export const testSeal = (tenantId: TenantId, version = 1): Seal => {
  const bytes = new Uint8Array(32).fill(version);
  const keys = {
    current: { version, bytes },
    byVersion: new Map([[version, bytes]]),
    indexKeys: new Map<number, Uint8Array>(),
    acceptsClear: false,
  };
  return new Seal(tenantId, keys, new OpenedTexts(), (place) => {
    throw new Error(`${place} does not open.`);
  });
};

export const archiveWorld: Maker<SinkWorld<ArchiveBatch>> = async (clause) => {
  await inObject(async ({ tenantId, stores, commands, dueMs }) => {
    let isDown = false;
    const seal = testSeal(tenantId);
    const bucket = {
      get: env.FILES.get.bind(env.FILES),
      put: (...args: Parameters<R2Bucket["put"]>) =>
        isDown ? Promise.reject(new Error("R2 is down")) : env.FILES.put(...args),
    } as Pick<R2Bucket, "get" | "put">;
    const record = (n: number): string => {
      const fact = {
        kind: "audit",
        type: "key.revoked",
        subject: `key:${n}`,
        data: { key_id: "k" },
      } as const;
      stores.record(PLATFORM, fact, Date.now());
      const { epoch, seq } = stores.log.head();
      return stores.log.after(epoch, seq - 1, 1)[0]?.id ?? "";
    };
    const waiting = await commands.run(() => Array.from({ length: 1_100 }, (_none, n) => record(n)));
    await clause({
      open: async () => archiveSink(tenantId, bucket, seal, stores, commands),
      idsOf: ({ rows }) => rows.map(({ id }) => id),
      waiting,
      add: () => commands.run(() => record(1)),
      arrived: async () => {
        const { objects } = await env.FILES.list({ prefix: segmentsPrefix(tenantId) });
        const segments = await Promise.all(
          objects.map(({ key }) => readSegment(env.FILES, seal.fileKeys(key))),
        );
        return segments.flatMap((found) =>
          found.ok ? (found.value?.segment.entries.map(({ id }) => id) ?? []) : ["unreadable"],
        );
      },
      refuse: (down) => void (isDown = down),
      crash: async () => {},
      retryAtMs: () => dueMs("archive"),
    });
  });
};

const REQUEST = {
  channel: "default",
  type: "validation",
  fileRef: "files/f/a.csv",
  rulesProfileId: "default@1.0.0",
} as const;
const LEASE_MS = 60_000;

/** Its other side is a runner, to whom a message is worth something only while its ticket is the job's. */
export const leaseWorld: Maker<SinkWorld<readonly JobMessage[]>> = (clause) =>
  inObject(async ({ tenantId, stores, commands, dueMs }) => {
    const begun: string[] = [];
    let isDown = false;
    const begin = ({ jobId, token }: JobMessage): void => {
      const job = stores.jobs.find(jobId);
      const lease = { token: crypto.randomUUID(), expiresAtMs: Date.now() + LEASE_MS };
      if (job && applyStep(stores, PLATFORM, job, { type: "begin", token, lease }, Date.now()).ok)
        begun.push(jobId);
    };
    const queue: Pick<Queue<JobMessage>, "sendBatch"> = {
      sendBatch: async (messages) => {
        if (isDown) throw new Error("The queue is down.");
        await commands.run(() => [...messages].forEach(({ body }) => begin(body)));
        return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };
      },
    };

    let made = 0;
    const submit = (): string => {
      const id = uuidV7({ msecs: Date.now() - 1_000 + made++ });
      const identity = { id, idempotencyKey: "k".repeat(22), retryOf: null, traceparent: null };
      stores.jobs.insert(newJob(REQUEST, identity, Date.now(), 86_400_000), {
        sealed: null,
        sellerIndex: null,
      });
      return id;
    };
    const waiting = await commands.run(() => [submit(), submit(), submit()]);

    const terms: LeaseTerms = {
      tenantId,
      runningJobs: 10,
      messageKeys: messageKeys(),
      leaseMs: LEASE_MS,
      limitsEndMs: null,
      newToken: () => crypto.randomUUID(),
    };
    await clause({
      open: async () => {
        const granted = await commands.run(() => grantLeases(stores, terms, Date.now()));
        return leaseSink(granted, queue, stores, commands, Date.now);
      },
      idsOf: (messages) => messages.map(({ jobId }) => jobId),
      waiting,
      add: () => commands.run(submit),
      arrived: async () => begun,
      refuse: (down) => void (isDown = down),
      crash: () =>
        commands.run(() => {
          for (const job of stores.jobs.leased())
            applyStep(stores, PLATFORM, job, { type: "lose_lease" }, Date.now());
        }),
      retryAtMs: () => dueMs("dispatch"),
    });
  });
