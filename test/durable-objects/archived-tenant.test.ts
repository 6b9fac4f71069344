import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { PLATFORM } from "../../durable-objects/tenant/stores";
import { sha256Hex } from "../../src/crypto/canonical-json";
import { segmentFault, type Segment } from "../../src/domain/log-segment";
import { segmentsPrefix, tenantPrefix } from "../../src/storage/keys";
import { archived, segments, shredded } from "../support/archived-tenant";
import { SealedTenant } from "../support/sealed-tenant";
import { eventually } from "../support/tenants";

const CANARY = "canary-5e1f";
const MEMBERS = { seller_id: `seller-${CANARY}`, metadata: { note: CANARY } };

const versions = async ({ id }: SealedTenant): Promise<Set<string | undefined>> => {
  const { objects } = await env.FILES.list({ prefix: segmentsPrefix(id), include: ["customMetadata"] });
  return new Set(objects.map(({ customMetadata }) => customMetadata?.["seal"]?.split(".")[1]));
};

const submissionOf = (all: readonly Segment[], jobId: string) =>
  all
    .flatMap(({ entries }) => entries)
    .find(({ subject, type }) => type === "job.submitted" && subject === `job:${jobId}`);

describe("a rotation", () => {
  it("seals archived segments anew, and they say what they said", async () => {
    const sealed = await SealedTenant.fresh();
    await sealed.submit(MEMBERS);
    await archived(sealed);
    const before = await segments(sealed);
    await sealed.rotate();
    await sealed.rotated(2);
    expect((await segments(sealed)).slice(0, before.length)).toEqual(before);
    expect(await versions(sealed)).toEqual(new Set(["2"]));
  });

  it("waits for a segment whose writing nobody saw end, and seals it anew when it is there after all", async () => {
    const sealed = await SealedTenant.fresh();
    await sealed.submit(MEMBERS);
    const { path, bytes, customMetadata } = await putInDoubt(sealed);
    await sealed.rotate();
    await sealed.checking();
    await runDurableObjectAlarm(sealed.stub);
    expect((await sealed.standing()).rotation).toMatchObject({ phase: "check" });
    // The put ends by the former key, which is still there to open it.
    await env.FILES.put(path, bytes, { customMetadata });
    await archived(sealed);
    await sealed.rotated(2);
    expect(await versions(sealed)).toEqual(new Set(["2"]));
    for (const segment of await segments(sealed)) expect(segmentFault(segment, sha256Hex)).toBeNull();
  });
});

/** An attempt is written down and its segment is on its way, when the object is thrown away. */
async function putInDoubt(sealed: SealedTenant) {
  await archived(sealed);
  const { objects } = await env.FILES.list({ prefix: segmentsPrefix(sealed.id) });
  const path = objects[0]!.key;
  const stored = (await env.FILES.get(path))!;
  const bytes = await stored.arrayBuffer();
  await env.FILES.delete(objects.map(({ key }) => key));
  await sealed.inside(({ sinks }) => sinks.save("archive", { epoch: 0, seq: 0, failures: 1 }));
  await sealed.inside(({ timers }) => timers.replace("archive", Date.now() + 3_600_000));
  await evictDurableObject(sealed.stub);
  return { path, bytes, customMetadata: stored.customMetadata ?? {} };
}

describe("what is shredded", () => {
  it.each([
    ["a job", { scope: "job" }, [CANARY]],
    ["a field", { scope: "field", fields: ["seller_id"] }, [`seller-${CANARY}`]],
  ])("of %s is in no segment any more, and the chain still verifies", async (_what, scope, gone) => {
    const sealed = await SealedTenant.fresh();
    const job = await sealed.submit(MEMBERS);
    const other = await sealed.submit({ seller_id: "s-2", metadata: { note: "kept" } });
    await archived(sealed);
    const before = submissionOf(await segments(sealed), job.id)!;
    expect(before.payload).toContain(CANARY);

    await shredded(sealed, { ...scope, job_id: job.id });
    const after = await segments(sealed);
    for (const segment of after) expect(segmentFault(segment, sha256Hex)).toBeNull();
    for (const text of gone) expect(JSON.stringify(after)).not.toContain(text);
    const left = submissionOf(after, job.id)!;
    expect(left).toMatchObject({ salt: null, hash: before.hash, payloadDigest: before.payloadDigest });
    expect(submissionOf(after, other.id)!.salt).not.toBeNull();
    expect(submissionOf(after, other.id)!.payload).toContain("kept");
  });

  it("before it was archived is archived without it", async () => {
    const sealed = await SealedTenant.fresh();
    const job = await sealed.submit(MEMBERS);
    await shredded(sealed, { scope: "job", job_id: job.id });
    await archived(sealed);
    const all = await segments(sealed);
    expect(JSON.stringify(all)).not.toContain(CANARY);
    for (const segment of all) expect(segmentFault(segment, sha256Hex)).toBeNull();
  });

  it("is a whole tenant: nothing is left of its archive, and nothing is archived any more", async () => {
    const sealed = await SealedTenant.fresh();
    await sealed.submit(MEMBERS);
    await archived(sealed);
    await shredded(sealed, { scope: "tenant", confirm: sealed.id });
    expect((await env.FILES.list({ prefix: tenantPrefix(sealed.id) })).objects).toEqual([]);
    await sealed.inside(({ timers }) => timers.replace("archive", Date.now()));
    await sealed.inside(({ timers }) => timers.replace("retention", Date.now()));
    const rows = await sealed.inside(({ log }) => log.after(0, 0, 1_000).length);
    await runDurableObjectAlarm(sealed.stub);
    expect((await env.FILES.list({ prefix: tenantPrefix(sealed.id) })).objects).toEqual([]);
    expect(await sealed.inside(({ timers }) => timers.due(Date.now() + 1e12))).not.toContain("archive");
    expect(await sealed.inside(({ log }) => log.after(0, 0, 1_000).length)).toBe(rows);
  });
});

it("without its keys nothing is archived, and it is tried again later", async () => {
  const sealed = await SealedTenant.fresh();
  await sealed.submit(MEMBERS);
  await env.KEYS.delete(`${sealed.id}/1`);
  await evictDurableObject(sealed.stub);
  await sealed.inside(({ timers }) => timers.replace("archive", Date.now()));
  await runDurableObjectAlarm(sealed.stub);
  expect(await sealed.inside(({ sinks }) => sinks.cursor("archive"))).toMatchObject({ seq: 0, failures: 1 });
  expect(await sealed.inside(({ timers }) => timers.due(Date.now() + 301_000))).toContain("archive");
  expect(await sealed.inside(({ timers }) => timers.due(Date.now() + 20_000))).not.toContain("archive");
});

describe("the archive's turn", () => {
  const dueIn = (sealed: SealedTenant): Promise<number | undefined> =>
    sealed.inside(
      (_stores, sql) =>
        sql
          .exec<{ due: number }>(`SELECT due_ms AS due FROM timers WHERE kind = 'archive'`)
          .toArray()
          .map(({ due }) => due - Date.now())[0],
    );

  it("comes within the time that entries wait at most, however many follow", async () => {
    const sealed = await SealedTenant.fresh();
    const first = await eventually(
      () => dueIn(sealed),
      (due) => due !== undefined,
    );
    expect(first).toBeLessThanOrEqual(60_000);
    expect(first).toBeGreaterThan(40_000);
    await sealed.submit(MEMBERS);
    await runDurableObjectAlarm(sealed.stub);
    expect(await dueIn(sealed)).toBeLessThanOrEqual(first!);
    await archived(sealed);
    expect(await dueIn(sealed)).toBeUndefined();
  });

  it("comes at once when there is enough for a segment", async () => {
    const sealed = await SealedTenant.fresh();
    await sealed.inside((stores) => {
      const fact = { kind: "audit", type: "key.revoked", subject: "key:k", data: { key_id: "k" } } as const;
      for (let n = 0; n < 600; n++) stores.record(PLATFORM, fact, Date.now());
    });
    await evictDurableObject(sealed.stub);
    await sealed.stub.wake();
    const { sinks } = await eventually(
      () => sealed.inside((stores) => ({ sinks: stores.sinks.cursor("archive") })),
      ({ sinks: { seq } }) => seq >= 600,
    );
    expect(sinks.failures).toBe(0);
  });
});
