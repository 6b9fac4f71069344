import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import type { Api } from "../../../scripts/client/api.ts";
import { secret } from "../../../scripts/edge/dev-keys.ts";
import { until } from "../../support/node/edge-process.ts";
import {
  inDatabases,
  type KeyWorld,
  objectKeys,
  rows,
  type Standing,
  succeeded,
  worldOf,
} from "../../support/node/key-world.ts";
import {
  assertAllWhole,
  assertEvents,
  assertMembers,
  assertWhole,
  catalogue,
  type Known,
  submitted,
  worked,
} from "./known-jobs.ts";

const OPTIONS = { timeout: 120_000 };
const WITHIN_MS = 30_000;

async function rotate(world: KeyWorld, tenant: string): Promise<void> {
  await (await world.admin()).json("POST", `/admin/v1/tenants/${tenant}/keys/rotate`, 202);
}

/** Nothing but this version seals anything, and neither object nor vault holds a half of another. */
function assertSealedBy(dir: string, tenant: string, version: number): void {
  assert.deepEqual(
    objectKeys(dir).filter((key) => /^[^/]+\/\d+$/.test(key)),
    [`${tenant}/${version}`],
  );
  const kept = `SELECT version FROM data_keys WHERE wrapped IS NOT NULL OR recovery IS NOT NULL`;
  assert.deepEqual(
    rows<{ version: number }>(dir, "data_keys", kept).map((row) => row.version),
    [version],
  );
  for (const table of ["log", "jobs", "events"]) {
    const found = rows<{ sealed: string }>(
      dir,
      table,
      `SELECT sealed FROM ${table} WHERE sealed IS NOT NULL`,
    );
    assert(found.length > 0, `nothing in ${table} is sealed`);
    for (const { sealed } of found) assert(sealed.startsWith(`s1.${version}.`), `${table}: ${sealed}`);
  }
  const files = rows<{ key: string; seal: string }>(
    dir,
    "_mf_objects",
    `SELECT key, custom_metadata ->> '$.seal' AS seal FROM _mf_objects WHERE key LIKE '%.csv' OR key LIKE '%.ndjson'`,
  );
  assert(files.length > 0);
  for (const { key, seal } of files) assert(seal?.startsWith(`f1.${version}.`), `${key}: ${seal}`);
}

/** Bytes that come while the key they are sealed by is destroyed have to come again. */
async function uploadPatiently(api: Api, n: number): Promise<string> {
  const body = catalogue(n);
  const announced = await api.json<{ upload_url: string; file_ref: string }>("POST", "/v1/uploads", 201, {
    filename: `lote-${n}.csv`,
    size: body.length,
  });
  return until("the upload to be taken", WITHIN_MS, async () => {
    const { status } = await fetch(announced.upload_url, { method: "PUT", body });
    assert(status === 200 || status === 503, `the upload answered ${status}`);
    return status === 200 && announced.file_ref;
  });
}

/** Clients that each do one thing again and again, until told to end; every answer is looked at. */
function traffic(api: Api, jobs: Known[]): { end(): Promise<readonly number[]> } {
  let isOver = false;
  let next = 1_000;
  const again = async (once: (lap: number) => Promise<void>): Promise<number> => {
    let laps = 0;
    while (!isOver) await once(laps++);
    return laps;
  };
  const some = (lap: number, salt: number): Known => {
    const job = jobs[(lap * 7 + salt) % jobs.length];
    assert(job);
    return job;
  };
  const submits = async () => {
    const n = next++;
    const job = await submitted(api, await uploadPatiently(api, n), n);
    await assertMembers(api, job);
    await succeeded(api, job.id);
    await assertWhole(api, job);
    jobs.push(job);
  };
  const running = Promise.all([
    again(submits),
    again(submits),
    again((lap) => assertWhole(api, some(lap, 0))),
    again((lap) => assertWhole(api, some(lap, 3))),
    again(async () => assertEvents(api, [...jobs])),
    again(async () => {
      const page = await api.json<{ data: { metadata: object }[] }>("GET", "/v1/jobs?limit=100", 200);
      for (const { metadata } of page.data) assert(metadata);
      const found = await api.json<{ data: object[] }>("GET", "/v1/jobs?seller_id=seller-2&limit=100", 200);
      assert(found.data.length > 1, "jobs are not found by their seller");
    }),
  ]);
  // Should a client fail, `end` tells; until then it is nobody's unhandled rejection.
  running.catch(() => undefined);
  return {
    end() {
      isOver = true;
      return running;
    },
  };
}

test("rotations under traffic change no answer, and former versions are gone", OPTIONS, async (t) => {
  const world = worldOf(t);
  await world.start();
  const api = await world.provision("t_traffic");
  const jobs: Known[] = [];
  for (let n = 0; n < 12; n++) jobs.push(await worked(api, n));
  const clients = traffic(api, jobs);
  for (const version of [2, 3]) {
    await rotate(world, "t_traffic");
    await world.rotated("t_traffic", version);
  }
  const laps = await clients.end();
  assert(Math.min(...laps) >= 2, `too little went on: ${laps}`);

  const { versions } = await world.standing("t_traffic");
  assert.deepEqual(
    versions.map(({ status, wrapper }) => [status, wrapper !== null]),
    [
      ["destroyed", false],
      ["destroyed", false],
      ["current", true],
    ],
  );
  await assertAllWhole(world, "t_traffic", jobs);
  await world.stop();
  assertSealedBy(world.dir, "t_traffic", 3);

  await world.start();
  await assertAllWhole(world, "t_traffic", jobs);
});

/** Kills the edge in that phase, with some of it done. */
async function crashIn(
  world: KeyWorld,
  tenant: string,
  isThere: (now: Standing["rotation"]) => boolean,
): Promise<void> {
  await until("the rotation to be in the phase", WITHIN_MS, async () => {
    const { rotation } = await world.standing(tenant);
    assert.equal(rotation?.status, "under_way", "the rotation was over before it could be cut short");
    return isThere(rotation);
  });
  await world.crash();
  const [left] = rows<{ phase: string; completed: number | null }>(
    world.dir,
    "key_state",
    `SELECT body ->> '$.phase' AS phase, body ->> '$.completedAtMs' AS completed FROM key_state WHERE name = 'rotation'`,
  );
  assert.equal(left?.completed, null);
  if (left.phase !== "files") return;
  // As if the restart came a minute later: the files' worker that was killed is given up by then.
  const later = `UPDATE key_state SET body = json_set(body, '$.leaseExpiresAtMs', 1) WHERE name = 'rotation';
    UPDATE timers SET due_ms = 1 WHERE kind = 'key_rotation'`;
  inDatabases(world.dir, "key_state", (database) => [database.exec(later)], false);
}

test("a rotation killed among its files or its rows ends by itself", OPTIONS, async (t) => {
  const world = worldOf(t);
  await world.start();
  const api = await world.provision("t_killed");
  const ended = await Promise.all(Array.from({ length: 20 }, (_, n) => worked(api, n, 3_000)));
  const overrides = { rate: { sustained: 100_000, burst: 1_000_000 }, running_jobs: 0 };
  await (await world.admin()).json("PATCH", "/admin/v1/tenants/t_killed", 200, { overrides });
  const fileRef = await api.upload("fila.csv", catalogue(0));
  const queued = await Promise.all(Array.from({ length: 300 }, (_, n) => submitted(api, fileRef, n)));

  await rotate(world, "t_killed");
  await crashIn(world, "t_killed", (now) => (now?.progress.files.done ?? 0) > 0);
  await world.start();
  const again = await world.client("t_killed");
  for (const job of queued.slice(0, 30)) await assertMembers(again, job);
  await world.rotated("t_killed", 2);

  await rotate(world, "t_killed");
  await crashIn(world, "t_killed", (now) => (now?.progress.jobs.done ?? 0) > 0);
  await world.start();
  const { versions } = await world.rotated("t_killed", 3);
  assert.deepEqual(
    versions.map(({ status }) => status),
    ["destroyed", "destroyed", "current"],
  );
  const last = await world.client("t_killed");
  for (const job of queued) await assertMembers(last, job);
  await assertEvents(last, queued);
  await assertAllWhole(world, "t_killed", ended);
  await world.stop();
  assertSealedBy(world.dir, "t_killed", 3);
});

test("another root key takes over, and the old one can be taken away", OPTIONS, async (t) => {
  const world = worldOf(t);
  await world.start();
  const tenants = ["t_root_a", "t_root_b"];
  const jobs = new Map<string, readonly Known[]>();
  for (const tenant of tenants) {
    const api = await world.provision(tenant);
    jobs.set(tenant, [await worked(api, 1), await worked(api, 2)]);
  }
  const wrappers = async () =>
    (await Promise.all(tenants.map((tenant) => world.standing(tenant)))).map(
      ({ versions }) => versions[0]?.wrapper,
    );
  const before = await wrappers();
  await world.stop();

  const root = randomBytes(32).toString("base64url");
  await world.start({ ROOT_KEY: `${root},${secret(world.dir, "ROOT_KEY")}` });
  await (await world.admin()).json("POST", "/admin/v1/sweep", 200);
  const wrapped = await until("both tenants' keys to be wrapped anew", WITHIN_MS, async () => {
    const now = await wrappers();
    return now.every((wrapper, at) => wrapper !== before[at]) && now;
  });
  assert.equal(new Set(wrapped).size, 1);
  await world.stop();

  await world.start({ ROOT_KEY: root });
  for (const tenant of tenants) await assertAllWhole(world, tenant, jobs.get(tenant) ?? []);
});
