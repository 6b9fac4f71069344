import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from "jose";
import { describe, expect, it } from "vitest";
import { ZERO_COUNTERS } from "../../src/domain/counters";
import { tenantPrefix } from "../../src/storage/keys";
import { MultipartSink } from "../../src/storage/multipart-sink";
import { tenantObject } from "../../src/tenant-object";
import { expectWholeChain, logRows } from "../support/chain";
import { SealedTenant } from "../support/sealed-tenant";
import { eventually, request } from "../support/tenants";
import { problemOf } from "../support/problems";

const MEMBERS = { seller_id: "s-1", callback_url: "https://hooks.example/x", metadata: { note: "m" } };
const REASON = "Request 4711 of the seller";

interface ShredAnswer {
  readonly id: string;
  readonly status: string;
  readonly certificate: string | null;
  readonly completed_at: string | null;
  readonly destroyed_keys: readonly { version: number; commitment: string }[];
}

async function shred(sealed: SealedTenant, body: Record<string, unknown>): Promise<ShredAnswer> {
  const response = await sealed.operate("POST", "/shred", { reason: REASON, ...body });
  if (response.status !== 202) throw new Error(`It answered ${response.status}: ${await response.text()}`);
  return response.json<ShredAnswer>();
}

const complete = (sealed: SealedTenant, id: string): Promise<ShredAnswer> =>
  eventually(
    async () => {
      await runDurableObjectAlarm(sealed.stub);
      return (await sealed.operate("GET", `/shreds/${id}`)).json<ShredAnswer>();
    },
    ({ status }) => status === "complete",
  );

/** What the certificate says, if one of the published keys has signed it. */
async function certified({ certificate }: ShredAnswer): Promise<Record<string, unknown>> {
  const jwks = await (await request("GET", "/.well-known/jwks.json")).json<JSONWebKeySet>();
  const { payload, protectedHeader } = await compactVerify(certificate ?? "", createLocalJWKSet(jwks));
  expect(protectedHeader).toMatchObject({ alg: "EdDSA", typ: "validahub-shred-certificate+jws" });
  return JSON.parse(new TextDecoder().decode(payload)) as Record<string, unknown>;
}

const insertOf = (table: string, row: object): string =>
  `INSERT INTO ${table} (${Object.keys(row).join(", ")}) VALUES (${Object.keys(row)
    .map(() => "?")
    .join(", ")})`;

const expectWhole = async (sealed: SealedTenant): Promise<void> =>
  expectWholeChain(await sealed.inside((_stores, sql) => logRows(sql)));

describe("shredding a field", () => {
  it("takes it out everywhere, keeps the others, and ends with the key that older copies are sealed by", async () => {
    const sealed = await SealedTenant.fresh();
    const [job, other] = [await sealed.submit(MEMBERS), await sealed.submit(MEMBERS)];
    const { id, status } = await shred(sealed, {
      scope: "field",
      job_id: job.id,
      fields: ["metadata", "seller_id"],
    });
    expect(status).toBe("erasing");
    const gone = { seller_id: null, metadata: null, unreadable_fields: ["seller_id", "metadata"] };
    expect(await sealed.job(job.id)).toMatchObject({ ...gone, callback_url: MEMBERS.callback_url });
    const done = await complete(sealed, id);
    expect(await certified(done)).toMatchObject({
      id,
      tenant_id: sealed.id,
      scope: "field",
      job_id: job.id,
      fields: ["seller_id", "metadata"],
      reason: REASON,
      completed_at: done.completed_at,
      destroyed_keys: [{ version: 1 }],
    });
    const events = await sealed.tenant.json<{ data: { subject: string; data: Record<string, unknown> }[] }>(
      "GET",
      "/v1/events?type=job.submitted",
    );
    const said = events.data.find(({ subject }) => subject === `job:${job.id}`)?.data;
    expect(said).toMatchObject({ seller_id: null, callback_url: MEMBERS.callback_url });
    expect(said).not.toHaveProperty("metadata");
    await evictDurableObject(sealed.stub);
    expect(await sealed.job(job.id)).toMatchObject({ ...gone, callback_url: MEMBERS.callback_url });
    expect(await sealed.job(other.id)).toMatchObject(MEMBERS);
    const { meta } = await sealed.tenant.json<{ meta: { total: number } }>("GET", "/v1/jobs?seller_id=s-1");
    expect(meta.total).toBe(1);
    expect((await env.KEYS.list({ prefix: `${sealed.id}/` })).objects.map(({ key }) => key)).toEqual([
      `${sealed.id}/2`,
    ]);
    await expectWhole(sealed);
  });
});

describe("shredding a job", () => {
  it("takes what it said, made and read, and leaves the other jobs whole", async () => {
    const sealed = await SealedTenant.fresh(2);
    const [job, other] = [await sealed.run(MEMBERS), await sealed.run(MEMBERS)];
    const { id } = await shred(sealed, { scope: "job", job_id: job.id });
    await complete(sealed, id);
    expect(await sealed.job(job.id)).toMatchObject({
      status: "succeeded",
      metadata: null,
      unreadable_fields: ["seller_id", "callback_url", "metadata"],
    });
    await problemOf(await sealed.tenant.call("GET", `/v1/jobs/${job.id}/download`), 404, "not_found");
    await problemOf(await sealed.tenant.call("GET", `/v1/jobs/${job.id}/findings`), 404, "not_found");
    const keys = (await env.FILES.list({ prefix: tenantPrefix(sealed.id) })).objects.map(({ key }) => key);
    expect(keys.filter((key) => key.includes(job.id) || key.includes(job.file_ref))).toEqual([]);
    expect(keys.filter((key) => key.includes(other.id))).toHaveLength(3);
    expect((await sealed.download(other.id)).status).toBe(200);
    expect(await sealed.job(other.id)).toMatchObject(MEMBERS);
    await expectWhole(sealed);
  });

  it("takes what a run writes that did not know of it, from R2 and from a rotation that goes by", async () => {
    const sealed = await SealedTenant.fresh();
    const job = await sealed.submit(MEMBERS);
    const ticket = crypto.randomUUID();
    await sealed.inside(({ jobs }) => {
      const found = jobs.find(job.id);
      if (found) jobs.save({ ...found, lease: { token: ticket, expiresAtMs: Date.now() + 60_000 } });
    });
    const object = tenantObject(env, sealed.id);
    const context = { tenantId: sealed.id, epoch: 1, traceparent: null };
    const run = await object.beginRun(context, job.id, ticket);
    if (!run.ok) throw new Error(run.error.reason);
    const { id } = await shred(sealed, { scope: "job", job_id: job.id });
    await runDurableObjectAlarm(sealed.stub);
    const sink = new MultipartSink(env.FILES, run.value.keys.report, {});
    await sink.write(new TextEncoder().encode("late\n"));
    await sink.close();
    const outcome = {
      counters: ZERO_COUNTERS,
      findingsTotal: 0,
      outputRef: null,
      reportRef: "r",
      reportDigest: "sha256:00",
    };
    const told = await object.reportRun(context, job.id, run.value.token, {
      type: "succeed",
      outcome,
      keyVersion: 1,
    });
    expect(told).toEqual({ ok: false, error: { reason: "shredded" } });
    // The runner that was told would delete it; one that died before has left it.
    await complete(sealed, id);
    expect((await env.FILES.list({ prefix: tenantPrefix(sealed.id) })).objects).toEqual([]);
  });

  it("leaves a file that another job reads, and ends a job that has not ended", async () => {
    const sealed = await SealedTenant.fresh();
    const job = await sealed.submit(MEMBERS);
    const other = await sealed.submit({}, job.file_ref);
    await complete(sealed, (await shred(sealed, { scope: "job", job_id: job.id })).id);
    expect((await sealed.job(job.id)).status).toBe("cancelled");
    const file = await sealed.tenant.json<{ status: string }>(
      "GET",
      `/v1/files/${job.file_ref.split("/")[1]}`,
    );
    expect(file.status).toBe("uploaded");
    expect((await sealed.job(other.id)).status).toBe("queued");
  });

  it("needs no key: what cannot be opened can still be destroyed", async () => {
    const sealed = await SealedTenant.fresh();
    const job = await sealed.submit(MEMBERS);
    await env.KEYS.delete(`${sealed.id}/1`);
    await evictDurableObject(sealed.stub);
    await problemOf(await sealed.tenant.call("GET", `/v1/jobs/${job.id}`), 403, "tenant_suspended");
    await shred(sealed, { scope: "job", job_id: job.id });
    expect(await sealed.inside(({ jobs }) => jobs.findStored(job.id)?.sealed)).toBeNull();
  });
});

describe("shredding a tenant", () => {
  it("destroys its keys, files and read model; an older copy of its object opens nothing", async () => {
    const sealed = await SealedTenant.fresh(2);
    const job = await sealed.run(MEMBERS);
    const copy = await sealed.inside((_stores, sql) => ({
      keys: sql.exec(`SELECT * FROM data_keys`).toArray(),

      jobs: sql.exec(`SELECT * FROM jobs`).toArray(),
    }));
    const { objects } = await env.FILES.list({
      prefix: tenantPrefix(sealed.id),
      include: ["customMetadata"],
    });
    const files = await Promise.all(
      objects.map(async ({ key, customMetadata = {} }) => {
        const bytes = await (await env.FILES.get(key))?.arrayBuffer();
        return { key, customMetadata, bytes: bytes ?? new ArrayBuffer(0) };
      }),
    );
    const { id } = await shred(sealed, { scope: "tenant", confirm: sealed.id });
    await problemOf(await sealed.tenant.call("GET", "/v1/jobs"), 404, "tenant_not_found");
    const done = await complete(sealed, id);
    expect(await certified(done)).toMatchObject({ scope: "tenant", tenant_id: sealed.id });
    expect((await env.FILES.list({ prefix: tenantPrefix(sealed.id) })).objects).toEqual([]);
    expect((await env.KEYS.list({ prefix: `${sealed.id}/` })).objects).toEqual([]);
    await expectWhole(sealed);
    const rests = await sealed.inside((_stores, sql) =>
      JSON.stringify([sql.exec(`SELECT * FROM jobs`).toArray(), sql.exec(`SELECT * FROM log`).toArray()]),
    );
    expect(rests).not.toContain("s1.1.");
    expect(rests).not.toContain('a.csv\\"');

    // A backup of the object and of its files is put back.
    await sealed.inside((_stores, sql) => {
      sql.exec(`DELETE FROM data_keys`);
      for (const row of copy.keys) sql.exec(insertOf("data_keys", row), ...Object.values(row));
      sql.exec(`UPDATE tenant SET status = 'active', link_epoch = 1`);
      for (const row of copy.jobs) sql.exec(insertOf("jobs", row), ...Object.values(row));
    });
    for (const { key, customMetadata, bytes } of files) await env.FILES.put(key, bytes, { customMetadata });
    await evictDurableObject(sealed.stub);
    for (let time = 0; time < 2; time++) {
      for (const path of [`/v1/jobs/${job.id}`, "/v1/jobs", "/v1/events", `/v1/jobs/${job.id}/findings`])
        await problemOf(await sealed.tenant.call("GET", path), 403, "tenant_suspended");
    }
    // No key is ever made for it again.
    await sealed.inside((_stores, sql) => sql.exec(`DELETE FROM data_keys`));
    await evictDurableObject(sealed.stub);
    await problemOf(await sealed.tenant.call("GET", "/v1/jobs"), 403, "tenant_suspended");
    expect((await env.KEYS.list({ prefix: `${sealed.id}/` })).objects).toEqual([]);
  });

  it("is asked for twice, by the wrong name, or of a tenant without keys: each a clean answer", async () => {
    const sealed = await SealedTenant.fresh();
    const body = { scope: "tenant", reason: REASON };
    await problemOf(
      await sealed.operate("POST", "/shred", { ...body, confirm: "t_other" }),
      400,
      "validation_error",
    );
    expect((await sealed.job((await sealed.submit(MEMBERS)).id)).metadata).toEqual(MEMBERS.metadata);
    await complete(sealed, (await shred(sealed, { scope: "tenant", confirm: sealed.id })).id);
    const again = await sealed.operate("POST", "/shred", { ...body, confirm: sealed.id });
    await problemOf(again, 409, "invalid_state_transition");
    const list = await (await sealed.operate("GET", "/shreds")).json<{ data: unknown[] }>();
    expect(list.data).toHaveLength(1);
    await problemOf(await sealed.operate("GET", `/shreds/${crypto.randomUUID()}`), 404, "not_found");
    await problemOf(await sealed.operate("POST", "/keys/rotate"), 404, "tenant_not_found");
  });
});

it("a job of nobody, and fields that there are none of, are refused", async () => {
  const sealed = await SealedTenant.fresh();
  const unknown = { reason: REASON, scope: "job", job_id: crypto.randomUUID() };
  await problemOf(await sealed.operate("POST", "/shred", unknown), 404, "not_found");
  for (const body of [
    { reason: REASON, scope: "field", job_id: crypto.randomUUID(), fields: ["status"] },
    { reason: "short", scope: "job", job_id: crypto.randomUUID() },
    { reason: REASON, scope: "everything" },
  ])
    await problemOf(await sealed.operate("POST", "/shred", body), 400, "validation_error");
});
