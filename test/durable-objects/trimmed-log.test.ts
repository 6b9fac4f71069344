import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { CloudEvent } from "../../src/domain/cloud-event";
import { archived, segments, shredded, trimmed } from "../support/archived-tenant";
import { SealedTenant } from "../support/sealed-tenant";

const CANARY = "canary-77a0";
const MEMBERS = { seller_id: `seller-${CANARY}`, metadata: { note: CANARY } };

interface Feed {
  readonly data: readonly CloudEvent[];
  readonly next: string;
  readonly last: string;
}

/** Every event that a query wants, page by page. */
async function feed(sealed: SealedTenant, query = ""): Promise<readonly CloudEvent[]> {
  const events: CloudEvent[] = [];
  for (let after = "0-0"; ;) {
    const page = await sealed.tenant.json<Feed>("GET", `/v1/events?after=${after}&limit=3${query}`);
    events.push(...page.data);
    if (page.next === page.last) return events;
    after = page.next;
  }
}

async function inShard({ id }: SealedTenant): Promise<readonly (string | null)[]> {
  const found = await Promise.all(
    [env.SHARD_0, env.SHARD_1, env.SHARD_2, env.SHARD_3].map((db) =>
      db
        .prepare(`SELECT sealed FROM events WHERE tenant_id = ? AND type = 'job.submitted' ORDER BY seq`)
        .bind(id)
        .all<{ sealed: string | null }>(),
    ),
  );
  return found.flatMap(({ results }) => results.map(({ sealed }) => sealed));
}

const rows = (sealed: SealedTenant): Promise<number> =>
  sealed.inside(({ log }) => log.after(0, 0, 1_000).length);

describe("a tenant whose object has let go of its old log", () => {
  it("reads on over the API as if nothing had been trimmed, whatever it asks for", async () => {
    const sealed = await SealedTenant.fresh();
    const jobs = [
      await sealed.submit(MEMBERS),
      await sealed.submit({ seller_id: "s-2" }),
      await sealed.submit(MEMBERS),
    ];
    const from = new Date().toISOString();
    await sealed.tenant.json("POST", `/v1/jobs/${jobs[1]!.id}/cancel`);
    const queries = ["", "&type=job.submitted", `&job_id=${jobs[1]!.id}`, `&since=${from}`, `&until=${from}`];
    const before = await Promise.all(queries.map((query) => feed(sealed, query)));
    expect(before.map(({ length }) => length)).toEqual([8, 3, 2, 1, 7]);
    await trimmed(sealed);
    expect(await rows(sealed)).toBe(1);
    for (const [at, query] of queries.entries()) expect(await feed(sealed, query)).toEqual(before[at]);
    await evictDurableObject(sealed.stub);
    expect(await feed(sealed)).toEqual(before[0]);
    for (const query of ["job_id=1", "since=yesterday", "until=2026"])
      expect((await sealed.tenant.call("GET", `/v1/events?${query}`)).status).toBe(400);
  });

  it("has what only the shard holds sealed anew by a rotation", async () => {
    const sealed = await SealedTenant.fresh();
    for (let n = 0; n < 3; n++) await sealed.submit(MEMBERS);
    const before = await feed(sealed);
    await trimmed(sealed);
    await sealed.rotate();
    await sealed.rotated(2);
    expect((await inShard(sealed)).map((text) => text?.split(".")[1])).toEqual(["2", "2", "2"]);
    expect(await feed(sealed)).toEqual(before);
  });

  it.each([
    ["a job", { scope: "job" }, { seller_id: null }],
    ["a field", { scope: "field", fields: ["seller_id"] }, { seller_id: null, metadata: MEMBERS.metadata }],
  ])("has %s shredded in shard and archive as well", async (_what, scope, left) => {
    const sealed = await SealedTenant.fresh();
    const job = await sealed.submit(MEMBERS);
    const other = await sealed.submit({ seller_id: "s-2" });
    await trimmed(sealed);
    await shredded(sealed, { ...scope, job_id: job.id });
    const data = (await feed(sealed, "&type=job.submitted")).map(
      (event) => event.data as Record<string, unknown>,
    );
    expect(data).toMatchObject([
      { job_id: job.id, ...left },
      { job_id: other.id, seller_id: "s-2" },
    ]);
    expect("metadata" in data[0]!).toBe("metadata" in left);
    const [first, second] = await inShard(sealed);
    expect(first === null).toBe(scope.scope === "job");
    expect(second).toMatch(/^s1\.2\./);
    await archived(sealed);
    expect(JSON.stringify(await segments(sealed))).not.toContain(MEMBERS.seller_id);
  });
});
