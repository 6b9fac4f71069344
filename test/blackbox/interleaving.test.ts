import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { Api } from "../../scripts/client/api.ts";
import { mintToken } from "../../scripts/edge/dev-keys.ts";
import { startEdge, type Edge } from "../../scripts/edge/edge.ts";
import { temporaryState } from "../support/node/edge-process.ts";

const TENANTS = 100;
const REQUESTS = 10_000;
const IN_FLIGHT = 64;
/** Any tenant id of this test, wherever it stands. */
const NAMES = /t_mix_\d{3}/g;

interface Tenant {
  readonly id: string;
  readonly api: Api;
  readonly token: string;
  readonly narrow: string;
  readonly key: string;
  readonly fileRef: string;
  readonly jobId: string;
  submitted: number;
}

interface LogLine {
  readonly event: string;
  readonly tenantId?: string;
  readonly requestId?: string;
}

const state = temporaryState();
const lines: string[] = [];
const ownerOf = new Map<string, string>();
let edge: Edge;
let tenants: readonly Tenant[];

/** A small generator with a seed, so that every run interleaves alike. */
function seeded(seed: number): () => number {
  let value = seed;
  return () => {
    value = (Math.imul(value, 1_664_525) + 1_013_904_223) >>> 0;
    return value / 2 ** 32;
  };
}

async function provisioned(index: number, admin: Api): Promise<Tenant> {
  const id = `t_mix_${String(index).padStart(3, "0")}`;
  const overrides = { rate: { sustained: 10_000, burst: 100_000 }, running_jobs: index % 10 === 0 ? 1 : 0 };
  await admin.json("POST", "/admin/v1/tenants", 201, { tenant_id: id, name: id, tier: "premium", overrides });
  const token = await mintToken(state.dir, { tenant: id });
  const api = new Api(edge.url, token);
  const fileRef = await api.upload("a.csv", new TextEncoder().encode(`sku,title,price\n1,${id},2\n`));
  const { key } = await api.json<{ key: string }>("POST", "/v1/api-keys", 201, {
    name: id,
    scopes: ["jobs:read"],
  });
  const job = await api.submit(fileRef, "validation", "default@1.0.0");
  const narrow = await mintToken(state.dir, { tenant: id, scope: "events:read" });
  return { id, api, token, narrow, key, fileRef, jobId: job.id, submitted: 1 };
}

before(async () => {
  edge = await startEdge({ port: 0, stateDir: state.dir, workerLog: (line) => void lines.push(line) });
  const admin = new Api(edge.url, await mintToken(state.dir, { admin: true }));
  const made: Tenant[] = [];
  for (let index = 0; index < TENANTS; index += 10)
    made.push(...(await Promise.all(Array.from({ length: 10 }, (_, n) => provisioned(index + n, admin)))));
  tenants = made;
});

after(async () => {
  await edge.stop();
  state.remove();
});

/** One call of a tenant: what it must answer, and that neither body nor headers name anybody else. */
async function call(tenant: Tenant, other: Tenant, choice: number): Promise<void> {
  const requestId = randomUUID();
  ownerOf.set(requestId, tenant.id);
  const send = async (path: string, status: number, bearer = tenant.token, init: RequestInit = {}) => {
    const headers = { authorization: `Bearer ${bearer}`, "x-request-id": requestId, ...init.headers };
    const response = await fetch(edge.url + path, { ...init, headers });
    const seen = `${await response.text()} ${JSON.stringify([...response.headers])}`;
    assert.equal(response.status, status, `${path}: ${seen}`);
    assert.equal(response.headers.get("x-request-id"), requestId);
    for (const [name] of seen.matchAll(NAMES)) assert.equal(name, tenant.id, `${path} names another tenant`);
    return seen;
  };
  switch (choice) {
    case 0:
      return void (await send(`/v1/jobs/${other.jobId}`, 404));
    case 1:
      return void (await send("/v1/jobs", 403, tenant.narrow));
    case 2:
      return void (await send("/v1/events", 403, tenant.key));
    case 3:
      return void (await send("/v1/jobs", 200, tenant.key));
    case 4:
      return void (await send("/v1/events?limit=20", 200));
    case 5:
      return void (await send("/v1/tenant", 200));
    case 6: {
      tenant.submitted++;
      const body = JSON.stringify({
        channel: "default",
        type: "validation",
        file_ref: tenant.fileRef,
        rules_profile_id: "default@1.0.0",
        metadata: { owner: tenant.id },
      });
      return void (await send("/v1/jobs", 201, tenant.token, {
        method: "POST",
        body,
        headers: { "content-type": "application/json" },
      }));
    }
    default: {
      const seen = await send(`/v1/jobs/${tenant.jobId}`, 200);
      assert.ok(seen.includes(tenant.id));
    }
  }
}

test(`${REQUESTS} interleaved requests of ${TENANTS} tenants: no answer, event or log line is another's`, async () => {
  const random = seeded(20_261_124);
  const pick = (length: number) => Math.floor(random() * length);
  let left = REQUESTS;
  const client = async () => {
    while (left-- > 0) {
      const at = pick(TENANTS);
      const [tenant, other] = [tenants[at], tenants[(at + 1 + pick(TENANTS - 1)) % TENANTS]];
      if (!tenant || !other) throw new Error("unreachable");
      await call(tenant, other, pick(12));
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, client));

  for (const tenant of tenants) {
    let after = "0";
    let submitted = 0;
    for (;;) {
      const page = await tenant.api.json<{
        data: { type: string; tenantid: string; source: string }[];
        next: string;
      }>("GET", `/v1/events?after=${after}`, 200);
      if (page.data.length === 0) break;
      for (const event of page.data)
        for (const [name] of JSON.stringify(event).matchAll(NAMES)) assert.equal(name, tenant.id);
      submitted += page.data.filter(({ type }) => type === "job.submitted").length;
      after = page.next;
    }
    assert.equal(submitted, tenant.submitted, `${tenant.id} has ${submitted} submissions in its log`);
  }

  const known = lines.flatMap((line) => (line.startsWith("{") ? [JSON.parse(line) as LogLine] : []));
  const owned = known.filter(({ requestId }) => requestId !== undefined && ownerOf.has(requestId));
  assert.ok(owned.length > 1_000, `only ${owned.length} log lines to judge by`);
  for (const { requestId = "", tenantId } of owned) assert.equal(tenantId, ownerOf.get(requestId));
  for (const line of known) {
    const names = new Set([...JSON.stringify(line).matchAll(NAMES)].map(([name]) => name));
    assert.ok(names.size <= 1, `one line names ${[...names].join(" and ")}`);
  }
  console.log(`${REQUESTS} requests, ${TENANTS} tenants, ${owned.length} log lines: 0 crossings`);
});
