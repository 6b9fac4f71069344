import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test, type TestContext } from "node:test";
import type { Api } from "../../../scripts/client/api.ts";
import { problem, readJob, succeeded, worldOf } from "../../support/node/key-world.ts";
import { KmsServer } from "../../support/node/kms-server.ts";
import { assertAllWhole, catalogue, type Known, submitted, worked } from "./known-jobs.ts";
import { findInState } from "./state-search.ts";

const OPTIONS = { timeout: 120_000 };
const UNAVAILABLE = { status: 503, code: "temporarily_unavailable" };
const WITHDRAWN = { status: 403, code: "tenant_suspended" };
/** What could not begin for want of a key is soon tried again. */
const LEASE = { LEASE_SECONDS: "1" };

async function newKms(t: TestContext, name: string): Promise<KmsServer> {
  const kms = new KmsServer(name);
  t.after(() => kms.down());
  await kms.up();
  return kms;
}

/** Whatever needs the tenant's key is answered so, again and again; what needs none works. */
async function assertAnswered(
  api: Api,
  { id }: Known,
  expected: { status: number; code: string },
): Promise<void> {
  for (const path of ["", `/${id}`, `/${id}/findings`, `/${id}/download`, "?seller_id=seller-1", `/${id}`]) {
    const response = await api.request("GET", `/v1/jobs${path}`);
    assert.equal(response.headers.has("retry-after"), expected.status === 503);
    assert.deepEqual(await problem(response), expected, path);
  }
  assert.deepEqual(await problem(await api.request("GET", "/v1/events")), expected);
  const body = catalogue(9);
  const file = { filename: "novo.csv", size: body.length };
  const { upload_url, file_ref } = await api.json<{ upload_url: string; file_ref: string }>(
    "POST",
    "/v1/uploads",
    201,
    file,
  );
  assert.deepEqual(await problem(await fetch(upload_url, { method: "PUT", body })), expected);
  const job = { channel: "default", type: "validation", file_ref, rules_profile_id: "default@1.0.0" };
  assert.deepEqual(await problem(await api.request("POST", "/v1/jobs", job)), expected);
  await api.json("GET", "/v1/tenant", 200);
}

test("a KMS is out of reach or refuses: what needs the key waits, nothing is lost", OPTIONS, async (t) => {
  const kms = await newKms(t, "platform");
  const world = worldOf(t);
  const vars = { ...LEASE, KMS: JSON.stringify(kms.settings) };
  await world.start(vars);
  const api = await world.provision("t_kms");
  const jobs = [await worked(api, 1)];
  assert.equal((await world.standing("t_kms")).versions[0]?.wrapper, `kms:${kms.keyId}`);
  assert.deepEqual(kms.calls[0], {
    operation: "Encrypt",
    context: { tenant_id: "t_kms", key_version: "1" },
  });

  await kms.down();
  jobs.push(await worked(api, 2));
  await assertAllWhole(world, "t_kms", jobs);
  const newcomer = { tenant_id: "t_new", name: "t_new", tier: "basic" };
  const refused = await (await world.admin()).request("POST", "/admin/v1/tenants", newcomer);
  assert.deepEqual(await problem(refused), UNAVAILABLE);
  const tenant = "/admin/v1/tenants/t_kms";
  await (await world.admin()).json("PATCH", tenant, 200, { overrides: { running_jobs: 0 } });
  const waiting = await submitted(api, await api.upload("espera.csv", catalogue(3)), 3);
  await world.stop();

  await world.start(vars);
  const again = await world.client("t_kms");
  await (await world.admin()).json("PATCH", tenant, 200, { overrides: {} });
  await assertAnswered(again, waiting, UNAVAILABLE);
  kms.mood = "failing";
  await kms.up();
  await assertAnswered(again, waiting, UNAVAILABLE);
  kms.mood = "serving";
  await succeeded(again, waiting.id);
  jobs.push(waiting, await worked(again, 4));
  await assertAllWhole(world, "t_kms", jobs);
  await (await world.admin()).json("POST", "/admin/v1/tenants", 201, newcomer);
  assert.match(world.output, /"kms\.failed"/);
  await world.stop();

  kms.mood = "refusing";
  await world.start(vars);
  const last = await world.client("t_kms");
  await assertAnswered(last, waiting, WITHDRAWN);
  kms.mood = "serving";
  kms.setKey("disabled");
  await assertAnswered(last, waiting, WITHDRAWN);
  kms.setKey("enabled");
  await assertAllWhole(world, "t_kms", jobs);
  assert.deepEqual(findInState(world.dir, kms.settings.secret_access_key), []);
  assert.doesNotMatch(world.output, /request\.failed|alarm\.step_failed/);
});

test("without the customer's own key nothing of that tenant opens", OPTIONS, async (t) => {
  const kms = await newKms(t, "customer");
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const vars = { ...LEASE, RECOVERY_KEY: JSON.stringify(publicKey.export({ format: "jwk" })) };
  const world = worldOf(t);
  await world.start(vars);
  const api = await world.provision("t_held");
  const jobs = [await worked(api, 1), await worked(api, 2)];
  const others = [await worked(await world.provision("t_other"), 3)];
  await world.provision("t_basic", { tier: "basic" });
  const before = (await world.standing("t_held")).versions[0];
  assert(before?.wrapper?.startsWith("root:") && before.has_recovery);

  const path = (tenant: string) => `/admin/v1/tenants/${tenant}/customer-key`;
  const put = async (tenant: string) => (await world.admin()).request("PUT", path(tenant), kms.settings);
  assert.equal((await problem(await put("t_basic"))).code, "invalid_state_transition");
  kms.setKey("disabled");
  assert.equal((await problem(await put("t_held"))).code, "validation_error");
  kms.setKey("enabled");
  kms.mood = "failing";
  assert.deepEqual(await problem(await put("t_held")), UNAVAILABLE);
  kms.mood = "serving";
  assert.deepEqual((await world.standing("t_held")).versions, [before]);
  const taken = await put("t_held");
  assert.equal(taken.status, 202, await taken.text());
  const { versions } = await world.rotated("t_held", 2);
  assert.deepEqual(
    versions.map(({ status, wrapper, has_recovery }) => [status, wrapper, has_recovery]),
    [
      ["destroyed", null, false],
      ["current", `customer:${kms.keyId}`, false],
    ],
  );
  assert(kms.calls.every(({ context }) => context["tenant_id"] === "t_held"));
  jobs.push(await worked(api, 4));
  await assertAllWhole(world, "t_held", jobs);
  assert.deepEqual(findInState(world.dir, kms.settings.secret_access_key), []);
  assert(!world.output.includes(kms.settings.secret_access_key));
  assert.notDeepEqual(findInState(world.dir, kms.keyId), [], "the search finds nothing at all");
  await world.stop();

  kms.setKey("disabled");
  await world.start(vars);
  await assertAnswered(await world.client("t_held"), jobs[0] as Known, WITHDRAWN);
  await assertAllWhole(world, "t_other", others);
  const untaken = await (await world.admin()).request("DELETE", path("t_held"));
  assert.deepEqual(await problem(untaken), WITHDRAWN);
  kms.setKey("enabled");
  await assertAllWhole(world, "t_held", jobs);
  await (await world.admin()).json("DELETE", path("t_held"), 202);
  const back = (await world.rotated("t_held", 3)).versions.at(-1);
  assert.deepEqual([back?.wrapper, back?.has_recovery], [before?.wrapper, true]);
  await world.stop();

  await kms.down();
  await world.start(vars);
  await assertAllWhole(world, "t_held", jobs);
  assert.equal((await readJob(await world.client("t_other"), others[0]?.id ?? "")).status, "succeeded");
});

test("a rotation that is asked for while the KMS takes a key over goes on by itself", OPTIONS, async (t) => {
  const kms = await newKms(t, "slow");
  const world = worldOf(t);
  await world.start();
  const jobs = [await worked(await world.provision("t_slow"), 1)];
  await world.stop();

  await world.start({ KMS: JSON.stringify(kms.settings) });
  const held = kms.holdNext();
  await (await world.admin()).json("POST", "/admin/v1/sweep", 200);
  await held.arrived;
  await (await world.admin()).json("POST", "/admin/v1/tenants/t_slow/keys/rotate", 202);
  held.release();
  const { versions } = await world.rotated("t_slow", 2);
  assert.deepEqual(
    versions.map(({ wrapper }) => wrapper),
    [null, `kms:${kms.keyId}`],
  );
  await assertAllWhole(world, "t_slow", jobs);
});
