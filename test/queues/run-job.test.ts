import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { Env } from "../../src/env";
import { consume } from "../../src/queues/consume";
import { PlatformAudit } from "../../src/directory/platform-audit";
import { keepDeadLetters } from "../../src/queues/keep-dead-letters";
import type { DeadLetter, JobMessage } from "../../src/queues/messages";
import { migratedDirectory } from "../support/d1";
import { runJob as run } from "../../src/queues/run-job";
import { tenantObject } from "../../src/tenant-object";
import { Stores } from "../../durable-objects/tenant/stores";
import { runInDurableObject } from "cloudflare:test";
import { tenantObjectName } from "../../src/domain/tenant";
import { callerOf, jobMessage, runTerms } from "../support/callers";
import { freshTenant, freshTenantId, type TestTenant } from "../support/tenants";

const noReseal = () => Promise.reject(new Error("No files are sealed anew here."));
const runJob = (on: Env, message: JobMessage) => run(on, runTerms(), message);

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
  return jobMessage(tenant.id, jobId, token);
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

  it("refuses a message whose context was altered, and touches neither tenant", async () => {
    const { tenant, id, message } = await ticketed();
    const other = await freshTenant();
    const altered: JobMessage[] = [
      { ...message, context: { ...message.context, tenantId: other.id } },
      { ...message, context: { ...message.context, tenantId: "../x" } },
      { ...message, context: { ...message.context, epoch: 2 } },
      {
        ...message,
        context: { ...message.context, traceparent: `00-${"1".repeat(32)}-${"1".repeat(16)}-01` },
      },
      { ...message, context: { ...message.context, mac: "" } },
      { ...message, jobId: crypto.randomUUID() },
      { ...message, token: crypto.randomUUID() },
      { ...message, context: jobMessage(other.id, crypto.randomUUID(), message.token).context },
    ];
    for (const each of altered) expect(await runJob(env, each)).toMatchObject({ type: "refuse" });
    expect(await job(tenant, id)).toMatchObject({ status: "queued", attempts: 0 });
    const events = await other.json<{ data: { type: string }[] }>("GET", "/v1/events");
    expect(events.data.map(({ type }) => type)).toEqual(["tenant.provisioned"]);
  });

  it("discards a message of another epoch, and one that another tenant's object was to run", async () => {
    const { tenant, id, message } = await ticketed();
    const other = await freshTenant();
    expect(await runJob(env, jobMessage(tenant.id, id, message.token, 2))).toMatchObject({ type: "discard" });
    expect(await runJob(env, jobMessage(other.id, id, message.token))).toMatchObject({ type: "discard" });
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
        await tenantObject(env, tenant.id).cancelJob(callerOf(tenant.id), id);
        return env.FILES.get(key);
      }) as R2Bucket["get"],
    });
    await runJob(overtaken, message);
    expect(await job(tenant, id)).toMatchObject({ status: "cancelled" });
    expect(await typesOf(tenant, id)).toEqual(["job.submitted", "job.started", "job.cancelled"]);
  });
});

describe("consume", () => {
  const batchOf = (seen: string[], ...bodies: (readonly [name: string, body: unknown])[]) =>
    ({
      queue: "jobs-standard",
      messages: bodies.map(([name, body]) => ({
        id: name,
        body,
        attempts: 1,
        timestamp: new Date(),
        ack: () => void seen.push(`${name}:ack`),
        retry: () => void seen.push(`${name}:retry`),
      })),
    }) as unknown as MessageBatch<unknown>;
  const report = () => undefined;

  it("sends what does not fit to the dead letters, retries what threw, and lets no message harm another", async () => {
    const { tenant, id, message } = await ticketed();
    const seen: string[] = [];
    const reported: unknown[] = [];
    const letters: DeadLetter[] = [];
    const unreachable = jobMessage(freshTenantId(), id, message.token);
    const failing = {
      ...env,
      TENANTS: {
        getByName: (name: string) => {
          if (name.startsWith(unreachable.context.tenantId)) throw new Error("unreachable");
          return env.TENANTS.getByName(name);
        },
      },
    } as unknown as Env;
    await consume(batchOf(seen, ["bad", { version: 9 }], ["good", message], ["throws", unreachable]), {
      runJob: (body) => runJob(failing, body),
      deliverEvents: () => Promise.reject(new Error("no delivery")),
      resealFiles: noReseal,
      deadLetters: { send: async (letter) => void letters.push(letter) as never },
      report: (error) => void reported.push(error),
    });
    expect(seen.sort()).toEqual(["bad:ack", "good:ack", "throws:retry"]);
    expect(reported).toHaveLength(1);
    expect(letters).toMatchObject([{ id: "bad", queue: "jobs-standard", body: '{"version":9}' }]);
    expect((await job(tenant, id)).status).toBe("succeeded");
  });

  it("passes over a message of the first form, whose lease brings its job back, and tells nobody", async () => {
    const { tenant, id, message } = await ticketed();
    const first = { version: 1, id: message.token, tenantId: tenant.id, jobId: id, token: message.token };
    const seen: string[] = [];
    const letters: DeadLetter[] = [];
    await consume(batchOf(seen, ["first", first], ["nothing", undefined], ["big", 1n]), {
      runJob: (body) => runJob(env, body),
      deliverEvents: () => Promise.reject(new Error("no delivery")),
      resealFiles: noReseal,
      deadLetters: { send: async (letter) => void letters.push(letter) as never },
      report,
    });
    expect(seen.sort()).toEqual(["big:ack", "first:ack", "nothing:ack"]);
    expect(letters.map(({ id: of, body }) => [of, body])).toEqual([
      ["nothing", "undefined"],
      ["big", "(not JSON)"],
    ]);
    expect((await job(tenant, id)).status).toBe("queued");
  });

  it("keeps an altered message in its queue until its dead letter is sent", async () => {
    const { message } = await ticketed();
    const altered = { ...message, context: { ...message.context, tenantId: freshTenantId() } };
    const seen: string[] = [];
    const deadLetters = { send: () => Promise.reject(new Error("queue down")) };
    await consume(batchOf(seen, ["altered", altered]), {
      runJob: (body) => runJob(env, body),
      deliverEvents: () => Promise.reject(new Error("no delivery")),
      resealFiles: noReseal,
      deadLetters,
      report,
    });
    expect(seen).toEqual(["altered:retry"]);
  });

  it("keeps a dead letter once, however often it comes, with one audit entry", async () => {
    const audit = new PlatformAudit(await migratedDirectory());
    const id = crypto.randomUUID();
    const letter = { version: 1, id, queue: "jobs-standard", reason: "altered", body: "{}" };
    const seen: string[] = [];
    await keepDeadLetters(batchOf(seen, ["first", letter]), audit, () => 1_000);
    await keepDeadLetters(batchOf(seen, ["second", letter]), audit, () => 2_000);
    await keepDeadLetters(batchOf(seen, [`raw-${id}`, { version: 2, jobId: "x" }]), audit, () => 3_000);
    expect(seen).toEqual(["first:ack", "second:ack", `raw-${id}:ack`]);
    const kept = await audit.deadLetters({ limit: 100, cursor: null });
    expect(kept.rows.filter((row) => row.id === id)).toMatchObject([{ timeMs: 1_000, reason: "altered" }]);
    expect(kept.rows.filter((row) => row.id === `raw-${id}`)).toHaveLength(1);
    const entries = (await audit.list({ limit: 100, cursor: null })).rows;
    expect(entries.filter(({ data }) => data["message_id"] === id)).toMatchObject([
      { type: "queue.message_refused", actorId: "platform", subject: "queue:jobs-standard" },
    ]);
  });
});
