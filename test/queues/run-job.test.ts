import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { Env } from "../../src/env";
import { consume } from "../../src/queues/consume";
import { runJob } from "../../src/queues/run-job";
import { tenantObject } from "../../src/tenant-object";
import { Stores } from "../../durable-objects/tenant/stores";
import { runInDurableObject } from "cloudflare:test";
import { tenantObjectName } from "../../src/domain/tenant";
import { freshTenant, type TestTenant } from "../support/tenants";

/** A job with a ticket in the test's hands: the tenant has no running place, so nobody else dispatches it. */
async function ticketed(type = "validation", text = "sku,title,price\n1,x,2\n") {
  const tenant = await freshTenant({ overrides: { running_jobs: 0 } });
  const { id } = await tenant.json<{ id: string }>("POST", "/v1/jobs", {
    channel: "default",
    type,
    file_ref: await tenant.upload("a.csv", text),
    rules_profile_id: "default@1.0.0",
  });
  return { tenant, id, message: await ticket(tenant, id) };
}

async function ticket(tenant: TestTenant, jobId: string) {
  const token = crypto.randomUUID();
  await runInDurableObject(env.TENANTS.getByName(tenantObjectName(tenant.id)), (_object, { storage }) => {
    const { jobs } = new Stores(storage.sql);
    const job = jobs.find(jobId);
    if (job) jobs.save({ ...job, notBeforeMs: 0, lease: { token, expiresAtMs: Date.now() + 60_000 } });
  });
  return { version: 1, id: token, tenantId: tenant.id, jobId, token, traceparent: null } as const;
}

const job = (tenant: TestTenant, id: string) =>
  tenant.json<{ status: string; attempts: number; error: { code: string } | null }>("GET", `/v1/jobs/${id}`);

const typesOf = async (tenant: TestTenant, id: string) =>
  (await tenant.json<{ data: { type: string; subject: string }[] }>("GET", "/v1/events")).data
    .filter(({ subject }) => subject === `job:${id}`)
    .map(({ type }) => type);

const broken = (bucket: Partial<R2Bucket>): Env => ({ ...env, FILES: { ...wrapped, ...bucket } as R2Bucket });
const wrapped: Partial<R2Bucket> = {
  get: env.FILES.get.bind(env.FILES),
  put: env.FILES.put.bind(env.FILES),
  createMultipartUpload: env.FILES.createMultipartUpload.bind(env.FILES),
};

describe("runJob", () => {
  it("does the work once for a message that is delivered twice, at once or late", async () => {
    const { tenant, id, message } = await ticketed();
    const verdicts = await Promise.all([runJob(env, message), runJob(env, message)]);
    verdicts.push(await runJob(env, message));
    expect(verdicts.map(({ type }) => type).sort()).toEqual(["discard", "discard", "done"]);
    expect(await job(tenant, id)).toMatchObject({ status: "succeeded", attempts: 1 });
    expect(await typesOf(tenant, id)).toEqual(["job.submitted", "job.started", "job.succeeded"]);
  });

  it("touches nothing for a message that names another tenant", async () => {
    const { tenant, id, message } = await ticketed();
    const other = await freshTenant();
    expect(await runJob(env, { ...message, tenantId: other.id })).toMatchObject({ type: "discard" });
    expect(await runJob(env, { ...message, tenantId: "../x" })).toMatchObject({ type: "discard" });
    expect(await job(tenant, id)).toMatchObject({ status: "queued", attempts: 0 });
  });

  it("has the platform retry a fault of storage, seen as job.retried, and fails after the third", async () => {
    const { tenant, id, message } = await ticketed("correction");
    const down = broken({ get: () => Promise.reject(new Error("R2 is down")) });
    await runJob(down, message);
    expect(await job(tenant, id)).toMatchObject({ status: "queued", error: null });
    await runJob(down, await ticket(tenant, id));
    await runJob(down, await ticket(tenant, id));
    expect(await job(tenant, id)).toMatchObject({
      status: "failed",
      error: { code: "internal_error" },
      attempts: 3,
    });
    expect(await typesOf(tenant, id)).toEqual([
      "job.submitted",
      "job.started",
      "job.retried",
      "job.started",
      "job.retried",
      "job.started",
      "job.failed",
    ]);
  });

  it("retries after a failed write, and leaves the right output in the end", async () => {
    const { tenant, id, message } = await ticketed("correction");
    await runJob(broken({ put: () => Promise.reject(new Error("refused write")) }), message);
    expect((await job(tenant, id)).status).toBe("queued");
    await runJob(env, await ticket(tenant, id));
    expect(await job(tenant, id)).toMatchObject({ status: "succeeded", attempts: 2, error: null });
  });

  it("fails a job whose file is gone", async () => {
    const { tenant, id, message } = await ticketed();
    await runJob(broken({ get: () => Promise.resolve(null) }), message);
    expect(await job(tenant, id)).toMatchObject({ status: "failed", error: { code: "file_not_found" } });
  });

  it("changes nothing when it was overtaken while it worked", async () => {
    const { tenant, id, message } = await ticketed();
    const overtaken = broken({
      get: (async (key: string) => {
        await tenantObject(env, tenant.id).cancelJob(
          { tenantId: tenant.id, actorId: "x", requestId: "x", traceparent: null },
          id,
        );
        return env.FILES.get(key);
      }) as R2Bucket["get"],
    });
    await runJob(overtaken, message);
    expect(await job(tenant, id)).toMatchObject({ status: "cancelled" });
    expect(await typesOf(tenant, id)).toEqual(["job.submitted", "job.started", "job.cancelled"]);
  });
});

describe("consume", () => {
  it("discards what does not fit, retries what threw, and lets no message harm another", async () => {
    const { tenant, id, message } = await ticketed();
    const seen: string[] = [];
    const reported: unknown[] = [];
    const deliver = (name: string, body: unknown) => ({
      id: name,
      body,
      attempts: 1,
      timestamp: new Date(),
      ack: () => void seen.push(`${name}:ack`),
      retry: () => void seen.push(`${name}:retry`),
    });
    const unreachable = { ...message, tenantId: "t_nobody_reaches" };
    const batch = {
      queue: "jobs-standard",
      messages: [deliver("bad", { version: 2 }), deliver("good", message), deliver("throws", unreachable)],
    } as unknown as MessageBatch<unknown>;
    const failing = {
      ...env,
      TENANTS: {
        getByName: (name: string) => {
          if (name.startsWith("t_nobody")) throw new Error("unreachable");
          return env.TENANTS.getByName(name);
        },
      },
    } as unknown as Env;
    await consume(batch, failing, (error) => void reported.push(error));
    expect(seen.sort()).toEqual(["bad:ack", "good:ack", "throws:retry"]);
    expect(reported).toHaveLength(1);
    expect((await job(tenant, id)).status).toBe("succeeded");
  });
});
