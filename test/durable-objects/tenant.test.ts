import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { grantLeases } from "../../durable-objects/tenant/relay/leases";
import { Stores } from "../../durable-objects/tenant/stores";
import { sha256Hex } from "../../src/crypto/canonical-json";
import { GENESIS, linkHash } from "../../src/domain/log";
import { NO_MEMBERS } from "../../src/domain/job";
import type { Tier } from "../../src/domain/tier";
import { fromJsonText } from "../../src/domain/json-text";
import { tenantObject } from "../../src/tenant-object";
import { tenantObjectName } from "../../src/domain/tenant";
import { migratedShard } from "../support/d1";
import { callerOf, messageKeys, operatorOf } from "../support/callers";
import { freshTenantId } from "../support/tenants";

const FILE = { name: "a.csv", contentType: "text/csv", sizeBytes: 3, sha256: null, parts: null };

/** A provisioned object whose jobs nobody runs: leases are granted by the test alone. */
async function object(tier: Tier = "basic", runningJobs = 0) {
  await migratedShard();
  const tenantId = freshTenantId();
  const tenant = tenantObject(env, tenantId);
  const stub = env.TENANTS.getByName(tenantObjectName(tenantId));
  const caller = callerOf(tenantId);
  const key = (digest = "d") => ({ route: "POST /x", key: crypto.randomUUID(), digest, formerDigests: [] });
  await tenant.provision(operatorOf(tenantId), {
    name: "Test",
    tier,
    overrides: { runningJobs, rate: { sustained: 1000, burst: 1000 } },
    shard: "SHARD_0",
    idempotency: key(),
  });
  const upload = async () => {
    const announced = await tenant.announceFile(caller, {
      ...FILE,
      id: crypto.randomUUID(),
      idempotency: key(),
    });
    if (!announced.outcome.ok) throw new Error("refused");
    const { id } = announced.outcome.value.value.file;
    await tenant.completeUpload(caller, { fileId: id, sha256: "0".repeat(64), keyVersion: 1 });
    return { id, name: FILE.name };
  };
  const submit = async () => {
    const file = await upload();
    const answer = await tenant.submitJob(caller, {
      file,
      request: {
        channel: "default",
        type: "validation",
        fileRef: `files/${file.id}/${file.name}`,
        rulesProfileId: "default@1.0.0",
      },
      members: NO_MEMBERS,
      idempotency: key(),
    });
    if (!answer.outcome.ok) throw new Error("refused");
    return fromJsonText(answer.outcome.value.value);
  };
  const inside = <T>(look: (stores: Stores, storage: DurableObjectStorage) => T): Promise<T> =>
    runInDurableObject(stub, (_object, { storage }) => look(new Stores(storage.sql), storage));
  /** Puts a ticket into the job as dispatch would, without sending its message. */
  const ticket = (jobId: string, expiresAtMs = Date.now() + 60_000) =>
    inside((stores) => {
      const job = stores.jobs.find(jobId);
      if (!job) throw new Error("unknown");
      const lease = { token: crypto.randomUUID(), expiresAtMs };
      stores.jobs.save({ ...job, lease });
      stores.timers.set("leases", expiresAtMs);
      return lease.token;
    });
  const types = () => inside((stores) => stores.log.after(0, 0, 100).map(({ type }) => type));
  const context = { tenantId, epoch: 1, traceparent: null };
  return { tenantId, context, tenant, stub, caller, key, upload, submit, inside, ticket, types };
}

const begun = async (tenant: Awaited<ReturnType<typeof object>>, jobId: string, token: string) => {
  const run = await tenant.tenant.beginRun(tenant.context, jobId, token);
  if (!run.ok) throw new Error("refused");
  return run.value;
};

const outcome = {
  counters: { total: 1, processed: 1, errors: 0, warnings: 0, corrections: 0 },
  findingsTotal: 0,
  outputRef: null,
  reportRef: "jobs/x/report.ndjson",
  reportDigest: "sha256:00",
};

describe("an object that was never provisioned", () => {
  it("answers that there is no such tenant and holds no table", async () => {
    const tenantId = freshTenantId();
    const caller = callerOf(tenantId);
    const tenant = tenantObject(env, tenantId);
    const answer = await tenant.getJob(caller, "x");
    expect(answer).toEqual({ rate: null, outcome: { ok: false, error: { reason: "tenant_not_found" } } });
    expect(await tenant.patchTenant(operatorOf(tenantId), { name: "x" })).toEqual({
      ok: false,
      error: { reason: "tenant_not_found" },
    });
    expect((await tenant.beginRun({ tenantId, epoch: 1, traceparent: null }, "x", "x")).ok).toBe(false);
    await tenant.wake();
    await runInDurableObject(env.TENANTS.getByName(tenantObjectName(tenantId)), (_object, { storage }) => {
      expect(
        storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT GLOB '_cf_*'").toArray(),
      ).toEqual([]);
    });
  });
});

describe("the log", () => {
  it("is a chain over salted digests that verifies row by row, gapless in seq and event_seq", async () => {
    const tenant = await object();
    await Promise.all([tenant.submit(), tenant.submit(), tenant.submit()]);
    await tenant.inside((_stores, { sql }) => {
      let prevHash = GENESIS.hash;
      const rows = sql.exec("SELECT * FROM log ORDER BY epoch, seq").toArray();
      expect(rows).toHaveLength(7);
      rows.forEach((row, index) => {
        expect(row.seq).toBe(index + 1);
        expect(row.event_seq).toBe(index + 1);
        expect(row.prev_hash).toBe(prevHash);
        expect(row.payload_digest).toBe(sha256Hex(`${String(row.salt)}${String(row.payload)}`));
        const hash = linkHash(
          prevHash,
          {
            epoch: Number(row.epoch),
            seq: Number(row.seq),
            kind: "event",
            eventSeq: Number(row.event_seq),
            id: String(row.id),
            type: row.type as "job.submitted",
            subject: String(row.subject),
            timeMs: Number(row.time_ms),
            actorId: String(row.actor_id),
            traceparent: null,
            payloadDigest: String(row.payload_digest),
          },
          sha256Hex,
        );
        expect(row.hash).toBe(hash);
        prevHash = hash;
      });
    });
  });

  it("goes on where it was after the object was evicted", async () => {
    const tenant = await object();
    await tenant.submit();
    await evictDurableObject(tenant.stub);
    await tenant.submit();
    const seqs = await tenant.inside((stores) => stores.log.after(0, 0, 100).map(({ seq }) => seq));
    expect(seqs).toEqual(seqs.map((_seq, index) => index + 1));
  });
});

describe("runs", () => {
  it("begin once for a message delivered twice", async () => {
    const tenant = await object();
    const job = await tenant.submit();
    const token = await tenant.ticket(job.id);
    const deliveries = await Promise.all([
      tenant.tenant.beginRun(tenant.context, job.id, token),
      tenant.tenant.beginRun(tenant.context, job.id, token),
    ]);
    expect(deliveries.map(({ ok }) => ok).sort()).toEqual([false, true]);
    expect((await tenant.types()).filter((type) => type === "job.started")).toHaveLength(1);
  });

  it("count once when a runner reports its end twice, and not at all when another has taken over", async () => {
    const tenant = await object();
    const job = await tenant.submit();
    const first = await begun(tenant, job.id, await tenant.ticket(job.id));
    const second = await begun(tenant, job.id, await tenant.ticket(job.id));
    const end = { type: "succeed", outcome, keyVersion: 1 } as const;
    expect((await tenant.tenant.reportRun(tenant.context, job.id, first.token, end)).ok).toBe(false);
    expect((await tenant.tenant.reportRun(tenant.context, job.id, second.token, end)).ok).toBe(true);
    expect((await tenant.tenant.reportRun(tenant.context, job.id, second.token, end)).ok).toBe(false);
    expect((await tenant.types()).filter((type) => type.startsWith("job."))).toEqual([
      "job.submitted",
      "job.started",
      "job.succeeded",
    ]);
    const view = await tenant.tenant.getJob(tenant.caller, job.id);
    expect(view.outcome.ok && fromJsonText(view.outcome.value.job)).toMatchObject({
      status: "succeeded",
      attempts: 2,
    });
  });

  it("lose an expired lease without an event, and the job is dispatched again", async () => {
    const tenant = await object();
    const job = await tenant.submit();
    const run = await begun(tenant, job.id, await tenant.ticket(job.id));
    await tenant.inside((stores) => {
      const running = stores.jobs.find(job.id);
      if (running) stores.jobs.save({ ...running, lease: { token: run.token, expiresAtMs: Date.now() - 1 } });
      stores.timers.replace("leases", Date.now() - 1);
    });
    const before = await tenant.types();
    await runDurableObjectAlarm(tenant.stub);
    expect(await tenant.types()).toEqual(before);
    const waiting = await tenant.inside((stores) => stores.jobs.waiting(Date.now(), 10));
    expect(waiting).toMatchObject([{ id: job.id, status: "running", lease: null }]);
    expect(
      (
        await tenant.tenant.reportRun(tenant.context, job.id, run.token, {
          type: "succeed",
          outcome,
          keyVersion: 1,
        })
      ).ok,
    ).toBe(false);
  });

  it("stop when the job was cancelled meanwhile", async () => {
    const tenant = await object();
    const job = await tenant.submit();
    const run = await begun(tenant, job.id, await tenant.ticket(job.id));
    await tenant.tenant.cancelJob(tenant.caller, job.id);
    const progress = { type: "progress", counters: outcome.counters, percent: 50 } as const;
    expect((await tenant.tenant.reportRun(tenant.context, job.id, run.token, progress)).ok).toBe(false);
  });

  it("are given exactly as many places as the tenant has, the oldest jobs first", async () => {
    const tenant = await object("basic", 0);
    const jobs = [await tenant.submit(), await tenant.submit(), await tenant.submit()];
    await tenant.inside((stores) => {
      const terms = {
        tenantId: tenant.tenantId,
        runningJobs: 2,
        leaseMs: 60_000,
        limitsEndMs: null,
        messageKeys: messageKeys(),
        newToken: () => crypto.randomUUID(),
      };
      const granted = grantLeases(stores, terms, Date.now());
      expect(granted.map(({ jobId }) => jobId)).toEqual(jobs.slice(0, 2).map(({ id }) => id));
      expect(grantLeases(stores, terms, Date.now())).toEqual([]);
      expect(stores.jobs.leasedCount()).toBe(2);
    });
  });
});

describe("timers", () => {
  it("give the places back when an override ends, without anybody asking", async () => {
    const tenant = await object();
    const expiresAtMs = Date.now() + 60_000;
    await tenant.tenant.patchTenant(operatorOf(tenant.tenantId), {
      overrides: { runningJobs: 0, expiresAtMs },
    });
    await tenant.submit();
    await runDurableObjectAlarm(tenant.stub);
    const due = await tenant.inside((_stores, { sql }) =>
      sql.exec<{ due_ms: number }>("SELECT due_ms FROM timers WHERE kind = 'dispatch'").one(),
    );
    expect(due.due_ms).toBe(expiresAtMs);
  });

  it("forget kept answers on the second day, also after days without any", async () => {
    const tenant = await object();
    await tenant.inside((stores) => stores.timers.replace("housekeeping", null));
    await tenant.upload();
    const due = await tenant.inside((_stores, { sql }) =>
      sql.exec<{ due_ms: number }>("SELECT due_ms FROM timers WHERE kind = 'housekeeping'").one(),
    );
    expect(due.due_ms - Date.now()).toBeGreaterThan(86_400_000);
    expect(due.due_ms - Date.now()).toBeLessThanOrEqual(2 * 86_400_000);
  });

  it("leave a relay's back-off alone when more is written", async () => {
    const tenant = await object();
    const retryAtMs = Date.now() + 50_000;
    await tenant.inside((stores) => stores.timers.replace("relay", retryAtMs));
    await tenant.submit();
    const due = await tenant.inside((_stores, { sql }) =>
      sql.exec<{ due_ms: number }>("SELECT due_ms FROM timers WHERE kind = 'relay'").one(),
    );
    expect(due.due_ms).toBe(retryAtMs);
  });

  it("expire a job that nobody ran", async () => {
    const tenant = await object();
    const job = await tenant.submit();
    await tenant.inside((stores, { sql }) => {
      sql.exec("UPDATE jobs SET expires_at_ms = 1 WHERE id = ?", job.id);
      stores.timers.replace("expiry", 1);
    });
    await runDurableObjectAlarm(tenant.stub);
    expect((await tenant.types()).at(-1)).toBe("job.expired");
  });

  it("re-arm an object whose alarm was lost", async () => {
    const tenant = await object();
    await tenant.submit();
    await runInDurableObject(tenant.stub, async (_object, { storage }) => {
      new Stores(storage.sql).timers.replace("relay", 1);
      await storage.deleteAlarm();
    });
    await evictDurableObject(tenant.stub);
    await tenant.tenant.wake();
    const alarm = await runInDurableObject(tenant.stub, (_object, { storage }) => storage.getAlarm());
    const due = await tenant.inside((stores) => stores.timers.nextMs());
    expect(alarm !== null || due === null || due > Date.now()).toBe(true);
  });
});

describe("the bucket", () => {
  it("grants at most one extra burst across a restart", async () => {
    const tenant = await object();
    await tenant.tenant.patchTenant(operatorOf(tenant.tenantId), {
      overrides: { rate: { sustained: 1, burst: 10 } },
    });
    const admitted = async () => {
      let count = 0;
      for (let n = 0; n < 30; n++)
        if (
          (
            await tenant.tenant.listJobs(
              tenant.caller,
              { status: null, channel: null, type: null, idAbove: null, idBelow: null },
              null,
              { limit: 1, offset: 0, after: null },
            )
          ).outcome.ok
        )
          count++;
      return count;
    };
    const before = await admitted();
    expect(before).toBeGreaterThanOrEqual(10);
    await evictDurableObject(tenant.stub);
    expect(before + (await admitted())).toBeLessThanOrEqual(10 + 10 + 2);
  });
});
