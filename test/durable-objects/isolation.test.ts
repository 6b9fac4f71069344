import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { createApp } from "../../src/app";
import { tenantObjectName } from "../../src/domain/tenant";
import type { Env } from "../../src/env";
import { tenantObject } from "../../src/tenant-object";
import { createExecutionContext } from "cloudflare:test";
import { callerOf, operatorOf } from "../support/callers";
import { problemOf } from "../support/problems";
import { freshTenant } from "../support/tenants";

const FILTER = { status: null, channel: null, type: null, idAbove: null, idBelow: null };
const PLACE = { limit: 1, offset: 0, after: null };

describe("an object that is called for another tenant", () => {
  it("answers nothing, takes no token and writes nothing, whatever the call", async () => {
    const victim = await freshTenant();
    const attacker = await freshTenant();
    const object = tenantObject(env, victim.id);
    const caller = callerOf(attacker.id);
    const operator = operatorOf(attacker.id);
    const refused = /TenantIsolationError|not of tenant/;
    const calls: (() => Promise<unknown>)[] = [
      async () => object.listJobs(caller, FILTER, null, PLACE),
      async () => object.getJob(caller, crypto.randomUUID()),
      async () => object.cancelJob(caller, crypto.randomUUID()),
      async () =>
        object.completeUpload(caller, { fileId: crypto.randomUUID(), sha256: "0".repeat(64), keyVersion: 1 }),
      async () => object.patchTenant(operator, { name: "mine" }),
      async () => object.inspect(operator),
      async () => object.setStatus(operator, "suspended", null),
      async () => object.endKey(caller, crypto.randomUUID()),
    ];
    for (const call of calls) {
      const outcome = await call().then(
        () => "answered",
        (error: unknown) => String(error),
      );
      expect(outcome).toMatch(refused);
      expect(outcome).not.toContain(victim.id);
    }
    const types = await victim.json<{ data: { type: string }[] }>("GET", "/v1/events");
    expect(types.data.map(({ type }) => type)).toEqual(["tenant.provisioned"]);
    const run = await object.beginRun({ tenantId: attacker.id, epoch: 1, traceparent: null }, "x", "x");
    expect(run.ok).toBe(false);
  });

  it("is answered as a bug that says nothing, and is logged as what it is", async () => {
    const victim = await freshTenant();
    const attacker = await freshTenant();
    const misrouted = {
      ...env,
      TENANTS: { getByName: () => env.TENANTS.getByName(tenantObjectName(victim.id)) },
    } as unknown as Env;
    const logged = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const request = new Request("https://api.test/v1/jobs", {
      headers: { authorization: `Bearer ${attacker.token}` },
    });
    const response = await createApp().fetch(request, misrouted, createExecutionContext());
    const lines = logged.mock.calls.map(([line]) => String(line));
    logged.mockRestore();
    const body = await problemOf(response, 500, "internal_error");
    expect(JSON.stringify(body)).not.toContain(victim.id);
    expect(lines.some((line) => line.includes("tenant.isolation_violated"))).toBe(true);
    for (const line of lines) expect(line).not.toContain(victim.id);
  });
});

describe("a caller of the other plane", () => {
  it("is let in nowhere", async () => {
    const { id } = await freshTenant();
    const object = tenantObject(env, id);
    const outcome = (call: Promise<unknown>) => call.then(() => "answered", String);
    expect(await outcome(object.setStatus(callerOf(id), "suspended", null))).toContain("operator plane");
    expect(await outcome(object.inspect(callerOf(id)))).toContain("operator plane");
    expect(await outcome(object.listJobs(operatorOf(id), FILTER, null, PLACE))).toContain("tenant plane");
  });
});

describe("a command that waits behind a suspension or a revocation", () => {
  const newKey = () => ({
    id: crypto.randomUUID(),
    secretHash: "0".repeat(64),
    name: "x",
    scopes: ["jobs:read"],
    expiresAtMs: null,
    held: ["jobs:read"],
    idempotency: { route: "POST /x", key: crypto.randomUUID(), digest: "d", formerDigests: [] },
  });

  it("is refused in its turn, although it was let in before", async () => {
    const { id } = await freshTenant();
    await runInDurableObject(env.TENANTS.getByName(tenantObjectName(id)), async (object) => {
      const token = callerOf(id, { credential: { type: "token", tokenId: "jti-1" } });
      const first = object.createKey(token, newKey());
      const revoked = object.revokeToken(operatorOf(id), {
        tokenId: "jti-1",
        revokedAtMs: 1,
        expiresAtMs: null,
      });
      const behindRevocation = object.createKey(token, newKey());
      const suspended = object.setStatus(operatorOf(id), "suspended", null);
      const behindSuspension = object.createKey(callerOf(id), newKey());
      expect((await first).outcome.ok && (await revoked).ok && (await suspended).ok).toBe(true);
      const refusal = (reason: string) => ({ outcome: { ok: false, error: { reason } } });
      expect(await behindRevocation).toMatchObject(refusal("credential_ended"));
      expect(await behindSuspension).toMatchObject(refusal("tenant_suspended"));
    });
  });
});

describe("tables that are another tenant's than the object's name", () => {
  it("serve nobody", async () => {
    const tenant = await freshTenant();
    const other = await freshTenant();
    const stub = env.TENANTS.getByName(tenantObjectName(tenant.id));
    await runInDurableObject(stub, (_object, { storage: { sql } }) => {
      sql.exec("UPDATE tenant SET tenant_id = ?", other.id);
    });
    await evictDurableObject(stub);
    const response = await tenant.call("GET", "/v1/jobs");
    await problemOf(response, 500, "internal_error");
    expect((await other.call("GET", "/v1/jobs")).status).toBe(200);
  });
});
