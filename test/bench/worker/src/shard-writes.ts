import { tenantObjectName } from "../../../../src/domain/tenant";
import { parseTenantId, type TenantId } from "../../../../src/domain/tenant-id";
import type { LogEntry } from "../../../../src/domain/event";
import { boundJson } from "../../../../src/shards/bound-json";
import { ShardProjection } from "../../../../src/shards/shard-projection";
import type { BenchEnv } from "./bench-env";
import { forgetTenant } from "./relay-tenant";

/** Entries that one call gives away. */
const PAGE = 1_000;

/** As the projection inserts events, into a table by itself and with nothing else to ask or to write. */
const INSERT_BARE = `INSERT INTO bare_events (tenant_id, epoch, seq, event_seq, id, type, subject, time_ms,
    actor_id, traceparent, payload, sealed, payload_digest, hash)
  SELECT ?1, value ->> '$.epoch', value ->> '$.seq', value ->> '$.eventSeq', value ->> '$.id', value ->> '$.type',
    value ->> '$.subject', value ->> '$.timeMs', value ->> '$.actorId', value ->> '$.traceparent',
    value ->> '$.payload', value ->> '$.sealed', value ->> '$.payloadDigest', value ->> '$.hash'
  FROM json_each(?2)`;

/** Puts a log's entries into the shard, batch by batch. */
type Contestant = (shard: D1Database, tenantId: TenantId, batches: readonly LogEntry[][]) => Promise<void>;

const CONTESTANTS: Readonly<Record<string, Contestant>> = {
  projection: async (shard, tenantId, batches) => {
    const projection = new ShardProjection(shard);
    let from = { epoch: 0, seq: 0 };
    for (const batch of batches) {
      const to = batch.at(-1) ?? from;
      const { applied } = await projection.apply(tenantId, batch, { from, to });
      if (!applied) throw new Error("The shard's cursor stands elsewhere.");
      from = to;
    }
  },
  "json-each": async (shard, tenantId, batches) => {
    for (const batch of batches)
      for (const json of boundJson(batch)) await shard.prepare(INSERT_BARE).bind(tenantId, json).run();
  },
};

/** The events of the log that was filled last. */
let events: readonly LogEntry[] = [];

/**
 * `/shard/fill?tenant=&jobs=` makes an object's log, `/shard/relay?tenant=` has the object relay it; `/shard/write?by=
 * &tenant=&batch=` writes its events as another tenant's, and `/shard/forget?tenant=` deletes them again.
 */
export async function answerShard(env: BenchEnv, { pathname, searchParams }: URL): Promise<Response> {
  const tenantId = parseTenantId(searchParams.get("tenant") ?? "");
  if (tenantId === null) return new Response("no such tenant", { status: 404 });
  const object = () => env.RELAY_TENANTS.getByName(tenantObjectName(tenantId));
  const number = (name: string) => Number(searchParams.get(name));
  switch (pathname) {
    case "/shard/fill":
      await makeBareTable(env.SHARD_0);
      await object().fill(number("jobs"));
      events = await eventsOf((after) => object().entries(after, PAGE));
      return Response.json({ events: events.length });
    case "/shard/relay":
      return Response.json({ tookMs: await object().relayAll() });
    case "/shard/forget":
      await forgetTenant(env.SHARD_0, tenantId);
      await env.SHARD_0.prepare("DELETE FROM bare_events").run();
      return Response.json({});
  }
  const contestant = CONTESTANTS[searchParams.get("by") ?? ""];
  if (!contestant || events.length === 0)
    return new Response("no such contestant or no log", { status: 404 });
  await contestant(env.SHARD_0, tenantId, inBatches(events, number("batch")));
  return Response.json({ events: events.length });
}

async function eventsOf(page: (afterSeq: number) => Promise<readonly LogEntry[]>): Promise<LogEntry[]> {
  const all: LogEntry[] = [];
  for (let entries = await page(0); entries.length > 0; entries = await page(all.at(-1)?.seq ?? 0))
    all.push(...entries);
  return all.filter(({ kind }) => kind === "event");
}

function inBatches(entries: readonly LogEntry[], size: number): LogEntry[][] {
  const count = Math.ceil(entries.length / size);
  return Array.from({ length: count }, (_, at) => entries.slice(at * size, (at + 1) * size));
}

/** Of the same shape as the shard's own, with the same indexes. */
async function makeBareTable(shard: D1Database): Promise<void> {
  const { results } = await shard
    .prepare("SELECT sql FROM sqlite_master WHERE tbl_name = 'events' AND sql IS NOT NULL ORDER BY type DESC")
    .all<{ sql: string }>();
  const statements = results.map(({ sql }) =>
    sql
      .replace(/^CREATE (TABLE|INDEX) /, "CREATE $1 IF NOT EXISTS ")
      .replaceAll(/\bevents(?=_|\b)/g, "bare_events"),
  );
  await shard.batch(statements.map((sql) => shard.prepare(sql)));
}
