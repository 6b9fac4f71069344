import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Api } from "../../scripts/client/api.ts";
import { mintToken } from "../../scripts/edge/dev-keys.ts";
import {
  type CommandProcess,
  serversOf,
  start,
  temporaryState,
  until,
} from "../support/node/edge-process.ts";

const state = temporaryState();
const TENANT = "t_crash_keys";
let edge: CommandProcess | undefined;

after(async () => {
  edge?.kill("SIGTERM");
  await edge?.ended;
  state.remove();
});

/** Ends launcher and runtime at once, as a machine that loses its power does, and starts again on the same state. */
async function crashed(): Promise<string> {
  if (edge) {
    const { launcher, runtime } = serversOf(state.dir);
    process.kill(launcher, "SIGKILL");
    await edge.ended;
    await until("the runtime to end with its launcher", 10_000, async () => {
      try {
        process.kill(runtime, 0);
        return false;
      } catch {
        return true;
      }
    });
  }
  edge = start("node", state.dir);
  return edge.ready();
}

const status = async (url: string, bearer: string): Promise<number> =>
  (await fetch(`${url}/v1/jobs`, { headers: { authorization: `Bearer ${bearer}` } })).status;

test("what was answered about a credential holds after a SIGKILL right behind the answer", async () => {
  let url = await crashed();
  const admin = () => mintToken(state.dir, { admin: true }).then((token) => new Api(url, token));
  const tenant = () => mintToken(state.dir, { tenant: TENANT }).then((token) => new Api(url, token));
  await (
    await admin()
  ).json("POST", "/admin/v1/tenants", 201, { tenant_id: TENANT, name: "x", tier: "premium" });

  const { id, key } = await (
    await tenant()
  ).json<{ id: string; key: string }>("POST", "/v1/api-keys", 201, {
    name: "robot",
    scopes: ["jobs:read"],
  });
  url = await crashed();
  assert.equal(await status(url, key), 200, "the key that was shown is lost");

  const { key: rotated } = await (
    await tenant()
  ).json<{ key: string }>("POST", `/v1/api-keys/${id}/rotate`, 200, {
    overlap_seconds: 0,
  });
  url = await crashed();
  assert.deepEqual([await status(url, key), await status(url, rotated)], [401, 200]);

  await (await admin()).json("POST", `/admin/v1/tenants/${TENANT}/suspend`, 200);
  url = await crashed();
  assert.equal(await status(url, rotated), 403, "the suspension is lost");
  await (await admin()).json("POST", `/admin/v1/tenants/${TENANT}/resume`, 200);

  assert.equal((await (await tenant()).request("DELETE", `/v1/api-keys/${id}`)).status, 204);
  url = await crashed();
  assert.equal(await status(url, rotated), 401, "the revocation is lost");
  const { data } = await (
    await tenant()
  ).json<{ data: { type: string; sequence: string }[] }>("GET", "/v1/events", 200);
  assert.deepEqual(
    data.map(({ type, sequence }) => `${sequence} ${type}`),
    ["1 tenant.provisioned", "2 key.rotated", "3 tenant.suspended", "4 tenant.resumed"],
  );
});
