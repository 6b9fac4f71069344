import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { Stores } from "../../durable-objects/tenant/stores";
import { tenantObjectName } from "../../src/domain/tenant";
import type { Env } from "../../src/env";
import { runJob, type RunTerms } from "../../src/queues/run-job";
import { tenantObject } from "../../src/tenant-object";
import { callerOf, jobMessage, runTerms } from "../support/callers";
import { freshTenant, request, type TestTenant } from "../support/tenants";

const MIB = 1024 ** 2;

/** Prices of which every third is to be corrected, one row in a hundred not to be mended. */
function catalogue(bytes: number): string {
  const lines = ["sku,title,price"];
  const title = "Tênis de corrida masculino, leve e resistente".repeat(4);
  for (let row = 1, size = 0; size < bytes; row++) {
    const price =
      row % 100 === 0 ? "abc" : row % 3 === 0 ? `"1.${100 + (row % 900)},50"` : `${row % 5000}.25`;
    const line = `SKU-${row},"${title}",${price}`;
    lines.push(line);
    size += line.length + 1;
  }
  return `${lines.join("\n")}\n`;
}

const FILE = catalogue(12 * MIB);

/** Checkpoints at about every MiB; `handOverBytes` decides how much one invocation does. */
const terms = (handOverBytes: number): RunTerms => ({ ...runTerms(), checkpointBytes: MIB, handOverBytes });

/** A correction of a large file whose messages are in the test's hands. */
async function largeJob(text = FILE) {
  const tenant = await freshTenant({ overrides: { running_jobs: 0 } });
  const { id } = await tenant.json<{ id: string }>("POST", "/v1/jobs", {
    channel: "default",
    type: "correction",
    file_ref: await tenant.upload("a.csv", text),
    rules_profile_id: "default@1.0.0",
  });
  return { tenant, id };
}

const inTenant = <T>(tenant: TestTenant, look: (stores: Stores) => T): Promise<T> =>
  runInDurableObject(env.TENANTS.getByName(tenantObjectName(tenant.id)), (_object, { storage }) =>
    look(new Stores(storage.sql)),
  );

/** One more invocation: the lease that stands is taken over, as when it has run out. */
async function runOnce(tenant: TestTenant, jobId: string, on: RunTerms, worker: Env = env): Promise<void> {
  const token = crypto.randomUUID();
  await inTenant(tenant, ({ jobs }) => {
    const job = jobs.find(jobId);
    if (job) jobs.save({ ...job, notBeforeMs: 0, lease: { token, expiresAtMs: Date.now() + 60_000 } });
  });
  await runJob(worker, on, jobMessage(tenant.id, jobId, token));
}

interface Shown {
  readonly status: string;
  readonly attempts: number;
  readonly progress: number;
  readonly counters: object;
  readonly findings_total: number;
  readonly report_digest: string;
}
const job = (tenant: TestTenant, id: string) => tenant.json<Shown>("GET", `/v1/jobs/${id}`);

async function artefact(tenant: TestTenant, id: string, query: string): Promise<string> {
  const { download_url } = await tenant.json<{ download_url: string }>(
    "GET",
    `/v1/jobs/${id}/download?${query}`,
  );
  const response = await request("GET", new URL(download_url).pathname + new URL(download_url).search);
  if (!response.ok) throw new Error(`${query}: ${response.status}`);
  return Buffer.from(await crypto.subtle.digest("SHA-256", await response.arrayBuffer())).toString("hex");
}

/** All that a client can see of a finished job's work. */
async function workOf(tenant: TestTenant, id: string) {
  const { status, counters, findings_total, report_digest } = await job(tenant, id);
  const { job_id, file_ref, ...summary } = await tenant.json("GET", `/v1/jobs/${id}/summary`);
  expect([job_id, typeof file_ref]).toEqual([id, "string"]);
  return {
    status,
    counters,
    findings_total,
    report_digest,
    summary,
    output: await artefact(tenant, id, "artifact=output"),
    report: await artefact(tenant, id, "artifact=report&format=ndjson"),
  };
}

let known: ReturnType<typeof workOf> | undefined;

/** What one run makes of the file that nothing interrupts. */
const unbroken = (): ReturnType<typeof workOf> =>
  (known ??= (async () => {
    const { tenant, id } = await largeJob();
    await runOnce(tenant, id, { ...terms(1e12), checkpointBytes: 1e12 });
    return workOf(tenant, id);
  })());

const leftInR2 = async (tenant: TestTenant, id: string) =>
  (await env.FILES.list({ prefix: `${tenant.id}/jobs/${id}/work-` })).objects.length;

const checkpointOf = (tenant: TestTenant, id: string) =>
  inTenant(tenant, ({ checkpoints }) => checkpoints.find(id));

const until = async (tenant: TestTenant, isDone: () => Promise<boolean>): Promise<void> => {
  const stub = env.TENANTS.getByName(tenantObjectName(tenant.id));
  for (let ring = 0; ring < 50 && !(await isDone()); ring++) await runDurableObjectAlarm(stub);
  expect(await isDone()).toBe(true);
};

/** The worker dies at its nth write of a part: nothing after it happens, not even what would clear up. */
function dyingAt(part: number): Env {
  let parts = 0;
  const dead = () => new Promise<never>(() => undefined);
  const mortal = (upload: R2MultipartUpload) =>
    ({
      key: upload.key,
      uploadId: upload.uploadId,
      uploadPart: (number: number, body: Uint8Array) => {
        if (parts++ >= part) throw new Error("the machine is gone");
        return upload.uploadPart(number, body);
      },
      complete: dead,
      abort: () => upload.abort(),
    }) as unknown as R2MultipartUpload;
  const { FILES } = env;
  const files: Partial<R2Bucket> = {
    get: FILES.get.bind(FILES),
    head: FILES.head.bind(FILES),
    put: FILES.put.bind(FILES),
    createMultipartUpload: async (key, options) => mortal(await FILES.createMultipartUpload(key, options)),
    resumeMultipartUpload: (key, id) => mortal(FILES.resumeMultipartUpload(key, id)),
  };
  return { ...env, FILES: files as R2Bucket };
}

describe("a job over a large file", () => {
  it("is handed from one invocation to the next, as one attempt, with the bytes of an unbroken run", async () => {
    const { tenant, id } = await largeJob();

    let runs = 0;
    const seen: number[] = [];
    for (; (await job(tenant, id)).status !== "succeeded" && runs < 30; runs++) {
      await runOnce(tenant, id, terms(3 * MIB));
      seen.push((await job(tenant, id)).progress);
    }
    expect(runs).toBeGreaterThan(2);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(await workOf(tenant, id)).toEqual(await unbroken());
    expect((await job(tenant, id)).attempts).toBe(1);
    await until(tenant, async () => (await leftInR2(tenant, id)) === 0);
    expect(await checkpointOf(tenant, id)).toBeNull();
  });

  it.each([0, 1, 2])(
    "goes on after its worker has died at part %i, with the bytes of an unbroken run",
    async (part) => {
      const { tenant, id } = await largeJob();
      await runOnce(tenant, id, terms(1e12), dyingAt(part));
      const before = await checkpointOf(tenant, id);
      expect(before).not.toBeNull();
      await runOnce(tenant, id, terms(1e12));
      expect(await workOf(tenant, id)).toEqual(await unbroken());
    },
  );

  it("says its events once, however many invocations it took", async () => {
    const { tenant, id } = await largeJob();
    while ((await job(tenant, id)).status !== "succeeded") await runOnce(tenant, id, terms(5 * MIB));
    const { data } = await tenant.json<{ data: { type: string; subject: string }[] }>(
      "GET",
      "/v1/events?limit=100",
    );
    const types = data.filter(({ subject }) => subject === `job:${id}`).map(({ type }) => type);
    expect(types.filter((type) => type !== "job.progress")).toEqual([
      "job.submitted",
      "job.started",
      "job.succeeded",
    ]);
  });

  it("begins anew where what it was to go on with is gone", async () => {
    const { tenant, id } = await largeJob();
    await runOnce(tenant, id, terms(3 * MIB));
    const { objects } = await env.FILES.list({ prefix: `${tenant.id}/jobs/${id}/` });
    await env.FILES.delete(objects.map(({ key }) => key));
    await runOnce(tenant, id, terms(1e12));
    expect(await workOf(tenant, id)).toEqual(await unbroken());
  });

  it("stops relying on a checkpoint that a run could not go on from", async () => {
    const { tenant, id } = await largeJob();
    await runOnce(tenant, id, terms(8 * MIB));
    const kept = await checkpointOf(tenant, id);
    const uploadId = kept?.output?.uploadId;
    expect(uploadId).toBeTruthy();
    await env.FILES.resumeMultipartUpload(`${tenant.id}/jobs/${id}/output.csv`, uploadId!).abort();
    const far = { ...terms(1e12), checkpointBytes: 1e12 };
    await runOnce(tenant, id, far);
    expect((await job(tenant, id)).status).toBe("queued");
    expect(await checkpointOf(tenant, id)).toBeNull();
    await runOnce(tenant, id, far);
    expect(await workOf(tenant, id)).toEqual(await unbroken());
  });

  it("leaves nothing behind when it is cancelled half-way", async () => {
    const { tenant, id } = await largeJob();
    await runOnce(tenant, id, terms(3 * MIB));
    expect(await leftInR2(tenant, id)).toBeGreaterThan(0);
    await tenantObject(env, tenant.id).cancelJob(callerOf(tenant.id), id);
    await until(tenant, async () => (await leftInR2(tenant, id)) === 0);
    // A run that does not know yet may write once more.
    await env.FILES.put(`${tenant.id}/jobs/${id}/work-late-rest-9.bin`, "late");
    await inTenant(tenant, ({ jobs, timers }) => {
      const job = jobs.find(id);
      if (job) jobs.save({ ...job, completedAtMs: Date.now() - 120_000 });
      timers.replace("checkpoints", Date.now());
    });
    await until(tenant, async () => (await leftInR2(tenant, id)) === 0);
    expect(await inTenant(tenant, ({ checkpoints }) => checkpoints.findAny(id))).toBeNull();
  });

  it("stops at the next chunk when it is cancelled meanwhile", async () => {
    const { tenant, id } = await largeJob();
    let chunks = 0;
    const cancelling: Env = {
      ...env,
      TENANTS: {
        getByName: (name: string) => {
          const stub = env.TENANTS.getByName(name);
          return new Proxy(stub, {
            get: (target, property) =>
              property === "reportRun"
                ? async (...args: Parameters<typeof stub.reportRun>) => {
                    chunks++;
                    if (chunks === 2) await target.cancelJob(callerOf(tenant.id), id);
                    return target.reportRun(...args);
                  }
                : (Reflect.get(target, property) as unknown),
          });
        },
      } as unknown as Env["TENANTS"],
    };
    await runOnce(tenant, id, terms(1e12), cancelling);
    expect(chunks).toBe(2);
    expect((await job(tenant, id)).status).toBe("cancelled");
  });

  it("makes no checkpoint of a file that one reading is enough for", async () => {
    const { tenant, id } = await largeJob(catalogue(MIB / 2));
    await runOnce(tenant, id, terms(1));
    expect((await job(tenant, id)).status).toBe("succeeded");
    expect(await inTenant(tenant, ({ checkpoints }) => checkpoints.findAny(id))).toBeNull();
  });
});
