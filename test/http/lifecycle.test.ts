import { env } from "cloudflare:workers";
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { Stores } from "../../durable-objects/tenant/stores";
import { tenantObjectName } from "../../src/domain/tenant";
import { runJob } from "../../src/queues/run-job";
import { jobMessage, runTerms } from "../support/callers";
import { problemOf } from "../support/problems";
import { eventually, freshTenant, freshTenantId, request, type TestTenant } from "../support/tenants";
import { adminToken } from "../support/tokens";

const operate = async (tenant: { id: string }, step: string, body?: unknown) =>
  request("POST", `/admin/v1/tenants/${tenant.id}/${step}`, {
    token: await adminToken(),
    ...(body !== undefined && { body }),
  });

const inside = <T>(tenant: TestTenant, look: (stores: Stores) => T): Promise<T> =>
  runInDurableObject(env.TENANTS.getByName(tenantObjectName(tenant.id)), (_object, { storage }) =>
    look(new Stores(storage.sql)),
  );

const eventsOf = (tenant: TestTenant) =>
  inside(tenant, ({ log }) =>
    log.after(0, 0, 1000).map(({ type, actorId, payload }) => ({ type, actorId, payload })),
  );

const submit = async (tenant: TestTenant) =>
  tenant.json<{ id: string }>("POST", "/v1/jobs", {
    channel: "default",
    type: "validation",
    file_ref: await tenant.upload("a.csv", "sku,title,price\n1,x,2\n"),
    rules_profile_id: "default@1.0.0",
  });

/** A job in the middle of its run, with the runner's token. */
async function running(tenant: TestTenant) {
  const { id } = await submit(tenant);
  const ticket = crypto.randomUUID();
  await inside(tenant, ({ jobs }) => {
    const job = jobs.find(id);
    if (job) jobs.save({ ...job, lease: { token: ticket, expiresAtMs: Date.now() + 60_000 } });
  });
  return { id, message: jobMessage(tenant.id, id, ticket) };
}

describe("a suspended tenant", () => {
  it("is refused everywhere at once: tokens, keys, links and the second half of an upload", async () => {
    const tenant = await freshTenant();
    const { key } = await tenant.json<{ key: string }>("POST", "/v1/api-keys", {
      name: "x",
      scopes: ["jobs:read"],
    });
    const { upload_url: url } = await tenant.json<{ upload_url: string }>("POST", "/v1/uploads", {
      filename: "a.csv",
      size: 1,
    });
    const answer = await operate(tenant, "suspend", { reason: "unpaid" });
    expect(await answer.json()).toMatchObject({ tenant_id: tenant.id, status: "suspended" });

    await problemOf(await tenant.call("GET", "/v1/jobs"), 403, "tenant_suspended");
    await problemOf(await request("GET", "/v1/jobs", { token: key }), 403, "tenant_suspended");
    await problemOf(
      await request("PUT", url, { body: "x", headers: { "content-type": "text/csv" } }),
      403,
      "tenant_suspended",
    );

    expect((await operate(tenant, "resume")).status).toBe(200);
    expect((await tenant.call("GET", "/v1/jobs")).status).toBe(200);
    expect((await request("GET", "/v1/jobs", { token: key })).status).toBe(200);
    expect((await eventsOf(tenant)).filter(({ type }) => /suspended|resumed/.test(type))).toEqual([
      { type: "tenant.suspended", actorId: "operator:user_1", payload: '{"reason":"unpaid"}' },
      { type: "tenant.resumed", actorId: "operator:user_1", payload: '{"reason":null}' },
    ]);
  });

  it("has its running work stop at the next checkpoint, and go on after it is resumed", async () => {
    const tenant = await freshTenant({ overrides: { running_jobs: 0 } });
    const { id, message } = await running(tenant);
    let suspended = false;
    const files = {
      get: async (key: string) => {
        // The runner holds its run by now; the tenant is suspended under its feet.
        if (!suspended) await operate(tenant, "suspend");
        suspended = true;
        return env.FILES.get(key);
      },
      put: env.FILES.put.bind(env.FILES),
      createMultipartUpload: env.FILES.createMultipartUpload.bind(env.FILES),
    };
    await runJob({ ...env, FILES: files as unknown as R2Bucket }, runTerms(), message);
    const job = await inside(tenant, ({ jobs }) => jobs.find(id));
    expect(job).toMatchObject({ status: "running", lease: null, attempts: 1 });

    await runDurableObjectAlarm(env.TENANTS.getByName(tenantObjectName(tenant.id)));
    expect(await inside(tenant, ({ jobs }) => jobs.leasedCount())).toBe(0);
    await operate(tenant, "resume");
    const patch = { overrides: { running_jobs: 1 } };
    await request("PATCH", `/admin/v1/tenants/${tenant.id}`, { token: await adminToken(), body: patch });
    const ended = await eventually(
      () => tenant.json<{ status: string }>("GET", `/v1/jobs/${id}`),
      ({ status }) => status === "succeeded",
    );
    expect(ended).toMatchObject({ attempts: 2 });
  });

  it("gets no new run while a message was on its way", async () => {
    const tenant = await freshTenant({ overrides: { running_jobs: 0 } });
    const { id, message } = await running(tenant);
    await operate(tenant, "suspend");
    expect(await runJob(env, runTerms(), message)).toMatchObject({ type: "discard" });
    expect(await inside(tenant, ({ jobs }) => jobs.find(id)?.status)).toBe("queued");
  });

  it("stays what it is when suspended twice, and says so once", async () => {
    const tenant = await freshTenant();
    await operate(tenant, "suspend");
    expect((await operate(tenant, "suspend")).status).toBe(200);
    expect((await eventsOf(tenant)).filter(({ type }) => type === "tenant.suspended")).toHaveLength(1);
    const token = await adminToken();
    expect(await (await request("GET", `/admin/v1/tenants/${tenant.id}`, { token })).json()).toMatchObject({
      status: "suspended",
    });
  });
});

describe("an offboarded tenant", () => {
  it("is none to its callers, its jobs are cancelled, its keys and links end, and its id is not given again", async () => {
    const tenant = await freshTenant({ overrides: { running_jobs: 0 } });
    const { key } = await tenant.json<{ key: string }>("POST", "/v1/api-keys", {
      name: "x",
      scopes: ["jobs:read"],
    });
    const { upload_url: url } = await tenant.json<{ upload_url: string }>("POST", "/v1/uploads", {
      filename: "a.csv",
      size: 1,
    });
    const jobs = [await submit(tenant), await submit(tenant)];
    const { message } = await running(tenant);
    const answer = await operate(tenant, "offboard", { reason: "contract ended" });
    expect(await answer.json()).toMatchObject({ status: "offboarded" });

    const gone = await tenant.call("GET", "/v1/jobs");
    expect(gone.headers.has("ratelimit")).toBe(false);
    await problemOf(gone, 404, "tenant_not_found");
    await problemOf(await request("GET", "/v1/jobs", { token: key }), 404, "tenant_not_found");
    const put = await request("PUT", url, { body: "x", headers: { "content-type": "text/csv" } });
    await problemOf(put, 403, "signature_invalid");
    expect(await runJob(env, runTerms(), message)).toMatchObject({ type: "discard" });

    await runDurableObjectAlarm(env.TENANTS.getByName(tenantObjectName(tenant.id)));
    const cancelled = (await eventsOf(tenant)).filter(({ type }) => type === "job.cancelled");
    expect(cancelled).toHaveLength(jobs.length + 1);
    for (const { payload } of cancelled) expect(payload).toContain('"reason":"tenant_offboarded"');
    expect(await inside(tenant, ({ credentials }) => credentials.activeCount("key", Date.now()))).toBe(0);

    await problemOf(await operate(tenant, "resume"), 409, "invalid_state_transition");
    const again = await request("POST", "/admin/v1/tenants", {
      token: await adminToken(),
      body: { tenant_id: tenant.id, name: "Again", tier: "basic" },
    });
    await problemOf(again, 409, "already_exists");
  });

  it("with many jobs is emptied step by step", async () => {
    const tenant = await freshTenant({ overrides: { running_jobs: 0 } });
    const { id } = await submit(tenant);
    await inside(tenant, ({ jobs }) => {
      const job = jobs.find(id);
      for (let n = 0; job && n < 450; n++)
        jobs.insert({ ...job, id: crypto.randomUUID() }, { sealed: null, sellerIndex: null });
    });
    await operate(tenant, "offboard");
    const left = () => inside(tenant, ({ jobs }) => jobs.unfinished(1000).length);
    await eventually(left, (n) => n === 0);
    const cancelled = (await eventsOf(tenant)).filter(({ type }) => type === "job.cancelled");
    expect(cancelled).toHaveLength(451);
  });
});

describe("the operator's steps", () => {
  it.each(["suspend", "resume", "offboard"])(
    "%s refuses unknown tenants, wrong ids and unknown members",
    async (step) => {
      await problemOf(await operate({ id: freshTenantId() }, step), 404, "tenant_not_found");
      await problemOf(await operate({ id: "T_X" }, step), 400, "tenant_invalid");
      await problemOf(await operate({ id: freshTenantId() }, step, { why: "x" }), 400, "validation_error");
      const token = await adminToken("admin:read");
      const narrow = await request("POST", `/admin/v1/tenants/${freshTenantId()}/${step}`, { token });
      await problemOf(narrow, 403, "insufficient_scope");
    },
  );
});
