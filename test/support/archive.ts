import { env } from "cloudflare:workers";
import { v7 as uuidV7 } from "uuid";
import { archiveSink } from "../../durable-objects/tenant/relay/archive";
import { drain, type DrainLimits } from "../../durable-objects/tenant/relay/drain";
import { projectionSink } from "../../durable-objects/tenant/relay/projection";
import { PLATFORM } from "../../durable-objects/tenant/stores";
import type { Seal } from "../../durable-objects/tenant/seal";
import { canonicalJson, sha256Hex } from "../../src/crypto/canonical-json";
import { randomSalt } from "../../src/crypto/salt";
import type { Fact } from "../../src/domain/event";
import { chainEntry } from "../../src/domain/log";
import type { Segment } from "../../src/domain/log-segment";
import type { TenantId } from "../../src/domain/tenant-id";
import { ShardLog } from "../../src/shards/shard-log";
import { ShardProjection } from "../../src/shards/shard-projection";
import { segmentsPrefix } from "../../src/storage/keys";
import { readSegment } from "../../src/storage/segments";
import { testSeal, type Tables } from "../ports/sink-worlds";

const LIMITS: DrainLimits = { maxBatches: 1_000, sendTimeoutMs: 2_000, nowMs: Date.now, random: () => 0.5 };

export type ArchiveBucket = Pick<R2Bucket, "get" | "put">;

/** The bucket, with one of its methods replaced. */
export const spoiled = (spoil: Partial<ArchiveBucket>): ArchiveBucket => ({
  get: env.FILES.get.bind(env.FILES),
  put: env.FILES.put.bind(env.FILES),
  ...spoil,
});

/** Every segment of a tenant, in the order of their names. */
export async function segmentsOf(tenantId: TenantId, seal: Seal): Promise<readonly Segment[]> {
  const { objects } = await env.FILES.list({ prefix: segmentsPrefix(tenantId) });
  return Promise.all(
    objects.map(async ({ key }) => {
      const found = await readSegment(env.FILES, seal.fileKeys(key));
      if (!found.ok) throw new Error(`${key}: ${found.error.reason}`);
      return found.value!.segment;
    }),
  );
}

/** A tenant's log that is written, carried off and restored by hand. */
export class ArchivedLog {
  readonly seal: Seal;

  constructor(
    readonly tables: Tables,
    /** Of the entries, each a second after the one before. */
    public nowMs = Date.now(),
  ) {
    this.seal = testSeal(tables.tenantId);
  }

  submit(metadata: Record<string, unknown> = {}): string {
    const { stores } = this.tables;
    this.nowMs += 1_000;
    const id = uuidV7({ msecs: this.nowMs });
    const members = { sellerId: `seller-${id}`, callbackUrl: null, metadata };
    const data = {
      job_id: id,
      seller_id: members.sellerId,
      channel: "default",
      type: "validation",
      file_ref: "files/f/a.csv",
      rules_profile_id: "default@1.0.0",
      idempotency_key: "k",
      metadata,
      expires_at: new Date(this.nowMs).toISOString(),
    };
    const fact = { kind: "event", type: "job.submitted", subject: `job:${id}`, data } as const;
    stores.record(PLATFORM, fact, this.nowMs, this.seal.sealMembers(id, members));
    return id;
  }

  event(jobId = "j"): void {
    const data = { job_id: jobId, started_at: new Date(this.nowMs).toISOString() };
    this.#record({ kind: "event", type: "job.started", subject: `job:${jobId}`, data });
  }

  audit(): void {
    this.#record({ kind: "audit", type: "key.revoked", subject: "key:k", data: { key_id: "k" } });
  }

  /** Submissions, starts and audit entries by turns. */
  fill(entries: number): readonly string[] {
    const ids: string[] = [];
    for (let n = 0; n < entries; n++)
      if (n % 3 === 0) ids.push(this.submit({ n }));
      else if (n % 3 === 1) this.event(ids.at(-1));
      else this.audit();
    return ids;
  }

  archive(bucket: ArchiveBucket = spoiled({})): Promise<"empty" | "more" | "failed"> {
    const { tenantId, stores, commands } = this.tables;
    return drain(archiveSink(tenantId, bucket, this.seal, stores, commands), LIMITS);
  }

  project(shard: D1Database): Promise<"empty" | "more" | "failed"> {
    const { tenantId, stores, commands } = this.tables;
    return drain(
      projectionSink(tenantId, new ShardProjection(shard), new ShardLog(shard), stores, commands),
      LIMITS,
    );
  }

  /** What a point-in-time restore leaves: the object as it was then, in an epoch of its own. */
  restore(seq: number, former: { readonly shard: number; readonly archive: number }): void {
    const { stores, sql } = this.tables;
    const epoch = stores.log.head().epoch;
    sql.exec(`DELETE FROM log WHERE seq > ?`, seq);
    sql.exec(`DELETE FROM segments WHERE last_seq > ?`, former.archive);
    stores.sinks.save("shard", { epoch, seq: former.shard, failures: 0 });
    stores.sinks.save("archive", { epoch, seq: former.archive, failures: 0 });
    stores.log.forget();
    const fact = {
      kind: "event",
      type: "tenant.resumed",
      subject: "tenant:t",
      data: { reason: "restored" },
    } as const;
    const whole = canonicalJson(fact.data);
    this.nowMs += 1_000;
    const place = {
      id: uuidV7(),
      timeMs: this.nowMs,
      actorId: "platform",
      traceparent: null,
      salt: randomSalt(),
    };
    const head = { ...stores.log.head(), epoch: epoch + 1 };
    const row = chainEntry(head, fact, place, { whole, open: whole, sealed: null }, sha256Hex);
    sql.exec(
      `INSERT INTO log (epoch, seq, kind, event_seq, id, type, subject, time_ms, actor_id, traceparent, payload, sealed,
         salt, payload_digest, prev_hash, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      row.epoch,
      row.seq,
      row.kind,
      row.eventSeq,
      row.id,
      row.type,
      row.subject,
      row.timeMs,
      row.actorId,
      row.traceparent,
      row.payload,
      row.sealed,
      row.salt,
      row.payloadDigest,
      row.prevHash,
      row.hash,
    );
    stores.log.forget();
  }

  #record(fact: Fact): void {
    this.nowMs += 1_000;
    this.tables.stores.record(PLATFORM, fact, this.nowMs);
  }
}
