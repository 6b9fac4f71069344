import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { Api, type JobAnswer } from "../../scripts/client/api.ts";
import { mintToken } from "../../scripts/edge/dev-keys.ts";
import { start, temporaryState, until } from "../support/node/edge-process.ts";

const TENANTS = ["t_crash_a", "t_crash_b"];
const JOBS_PER_TENANT = 10;
const ROWS = 200_000;
const DEADLINE_MS = 120_000;
const PROFILE = "default@1.0.0";

/** The only ways from submission to success: a job may say `job.progress` any number of times in between. */
const LEGAL_PATH = /^job\.submitted,job\.started,(job\.progress,)*job\.succeeded$/;

interface Event {
  readonly type: string;
  readonly subject: string;
  readonly sequence: string;
}

/** About 9 MB in which every tenth row needs a correction: long enough to be killed in the middle. */
function catalogue(): Uint8Array<ArrayBuffer> {
  const rows = ["sku,title,price,stock,category,status"];
  for (let n = 0; n < ROWS; n++)
    rows.push(
      `SKU-${n},"Produto ${n}, com descrição",10.50,${n % 7},${n % 10 === 0 ? "Home" : "CASA"},ATIVO`,
    );
  return new TextEncoder().encode(rows.join("\n"));
}

async function events(api: Api): Promise<Event[]> {
  const all: Event[] = [];
  for (let after = "0"; ;) {
    const page = await api.json<{ data: Event[]; next: string }>("GET", `/v1/events?after=${after}`, 200);
    if (page.data.length === 0) return all;
    all.push(...page.data);
    after = page.next;
  }
}

async function output(api: Api, { id }: JobAnswer): Promise<string> {
  const { download_url: url } = await api.json<{ download_url: string }>(
    "GET",
    `/v1/jobs/${id}/download`,
    200,
  );
  const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
  return createHash("sha256").update(bytes).digest("hex");
}

interface Submitted {
  readonly tenant: string;
  readonly id: string;
}

/** The clients of both tenants; tokens outlive a restart, because the keys are in the state folder. */
async function clients(url: string, stateDir: string): Promise<ReadonlyMap<string, Api>> {
  const pairs = TENANTS.map(
    async (tenant) => [tenant, new Api(url, await mintToken(stateDir, { tenant }))] as const,
  );
  return new Map(await Promise.all(pairs));
}

async function submitAll(url: string, stateDir: string): Promise<readonly Submitted[]> {
  const admin = new Api(url, await mintToken(stateDir, { admin: true }));
  const bytes = catalogue();
  const jobs: Submitted[] = [];
  for (const [tenant, api] of await clients(url, stateDir)) {
    await admin.json("POST", "/admin/v1/tenants", 201, {
      tenant_id: tenant,
      name: tenant,
      tier: "enterprise",
    });
    const fileRef = await api.upload("crash.csv", bytes);
    for (let n = 0; n < JOBS_PER_TENANT; n++)
      jobs.push({ tenant, id: (await api.submit(fileRef, "correction", PROFILE)).id });
  }
  // All 20 are given a place at once.
  for (const tenant of TENANTS)
    await admin.json("PATCH", `/admin/v1/tenants/${tenant}`, 200, {
      overrides: { running_jobs: JOBS_PER_TENANT },
    });
  return jobs;
}

test("SIGKILL while 20 jobs run: after a restart all 20 finish, each by one legal path", async () => {
  const state = temporaryState();
  const launch = () => start("node", state.dir, "--var", "LEASE_SECONDS=3");
  const look = async (url: string): Promise<readonly JobAnswer[]> => {
    const pages = [...(await clients(url, state.dir)).values()].map((api) =>
      api.json<{ data: JobAnswer[] }>("GET", "/v1/jobs?limit=100", 200),
    );
    return (await Promise.all(pages)).flatMap(({ data }) => data);
  };
  try {
    const killed = launch();
    const before = await killed.ready();
    const jobs = await submitAll(before, state.dir);
    await until("a running job", DEADLINE_MS, async () =>
      (await look(before)).some(({ status }) => status === "running"),
    );
    killed.kill("SIGKILL");
    await killed.ended;

    const restarted = launch();
    const url = await restarted.ready();
    const finished = await until("the end of all jobs", DEADLINE_MS, async () => {
      const now = await look(url);
      return now.length === jobs.length && now.every(({ status }) => status === "succeeded") && now;
    });
    const [model] = finished;
    assert.equal(model?.counters.processed, ROWS);
    for (const { counters, findings_total: findings } of finished) {
      assert.deepEqual(counters, model?.counters);
      assert.equal(findings, model?.findings_total);
    }
    for (const [tenant, api] of await clients(url, state.dir)) {
      const log = await events(api);
      const sequences = log.map(({ sequence }) => Number(sequence));
      assert.deepEqual(
        sequences,
        sequences.map((_sequence, index) => index + 1),
      );
      const digests = new Set<string>();
      for (const { id } of jobs.filter((job) => job.tenant === tenant)) {
        const path = log.filter(({ subject }) => subject === `job:${id}`).map(({ type }) => type);
        assert.match(path.join(","), LEGAL_PATH);
        digests.add(await output(api, await api.job(id)));
      }
      assert.equal(digests.size, 1, "every run of the same file leaves the same bytes");
    }
    restarted.kill("SIGTERM");
    await restarted.ended;
  } finally {
    state.remove();
  }
});
