import assert from "node:assert/strict";
import { test } from "node:test";
import type { Api } from "../../../scripts/client/api.ts";
import {
  download,
  events,
  linkTo,
  objectKeys,
  objectRows,
  problem,
  readJob,
  submit,
  succeeded,
  worldOf,
} from "../../support/node/key-world.ts";
import { assertAllWhole, type Known, worked } from "./known-jobs.ts";
import {
  assertCertified,
  assertChain,
  backedUp,
  completed,
  erased,
  holding,
  keysInForce,
  type Shred,
  shred,
  vaultHalf,
  verified,
} from "./shredding.ts";
import { findInState } from "./state-search.ts";

const OPTIONS = { timeout: 120_000 };
const CANARY = "724118390562847193056284";
const WITHDRAWN = { status: 403, code: "tenant_suspended" };

const secretMembers = {
  seller_id: `seller ${CANARY}`,
  callback_url: `https://hooks.example/${CANARY}`,
  metadata: { order: CANARY },
};

/** A job whose members, findings, report and output all hold the canary. */
async function withCanary(api: Api) {
  const csv = `sku,title,price,stock,category,status\n${CANARY},Item  ${CANARY},9.90,1,CASA,ATIVO\n`;
  const fileRef = await api.upload("pedido.csv", new TextEncoder().encode(csv));
  return succeeded(api, (await submit(api, fileRef, secretMembers)).id);
}

test("a shredded tenant stays so, also in a copy of before that is put back", OPTIONS, async (t) => {
  const world = worldOf(t);
  await world.start();
  const api = await world.provision("t_gone");
  const other = await world.provision("t_stays");
  const kept = [await worked(other, 1), await worked(other, 2)];
  const job = await withCanary(api);
  const links = [await linkTo(api, job.id), await linkTo(api, job.id, "?artifact=report")];
  await world.stop();
  const backup = backedUp(world.dir);
  t.after(() => backup.remove());
  const keys = keysInForce(world.dir, "t_gone");
  const half = vaultHalf(world.dir, "t_gone/1");

  await world.start();
  const admin = await world.admin();
  const begun = await shred(admin, "t_gone", { scope: "tenant", confirm: "t_gone" });
  const shredded = await completed(admin, "t_gone", begun);
  const claims = await verified(world, shredded);
  for (const path of ["/v1/tenant", "/v1/jobs", `/v1/jobs/${job.id}`, "/v1/events"]) {
    const answer = await problem(await (await world.client("t_gone")).request("GET", path));
    assert.deepEqual(answer, { status: 404, code: "tenant_not_found" });
  }
  for (const link of links)
    assert.deepEqual(await problem(await fetch(world.here(link))), {
      status: 403,
      code: "signature_invalid",
    });
  await assertAllWhole(world, "t_stays", kept);
  await world.stop();
  assert.deepEqual(shredded.destroyed_keys, keys);
  assertCertified(claims, shredded, assertChain(world.dir, "t_gone"));
  for (const rest of ["jobs", "files", "idempotency WHERE route NOT LIKE '%/shred'"])
    assert.deepEqual(objectRows(world.dir, "t_gone", `SELECT * FROM ${rest}`), [], rest);
  assert.deepEqual(
    objectKeys(world.dir).filter((key) => key.includes("t_gone")),
    ["shredded.t_gone"],
  );

  backup.restore();
  await world.start();
  const again = await world.client("t_gone");
  for (const lap of [1, 2]) {
    for (const path of ["", `/${job.id}`, `/${job.id}/findings`, `/${job.id}/download`, "?seller_id=x"]) {
      const answer = await problem(await again.request("GET", `/v1/jobs${path}`));
      assert.deepEqual(answer, WITHDRAWN, `${path}, lap ${lap}`);
    }
    for (const link of links) assert.deepEqual(await problem(await fetch(world.here(link))), WITHDRAWN);
    const refused = {
      channel: "default",
      type: "correction",
      file_ref: job.file_ref,
      rules_profile_id: "default@1.0.0",
    };
    assert.deepEqual(await problem(await again.request("POST", "/v1/jobs", refused)), WITHDRAWN);
    const rotate = await (await world.admin()).request("POST", "/admin/v1/tenants/t_gone/keys/rotate");
    assert.deepEqual(await problem(rotate), WITHDRAWN);
  }
  await (await world.admin()).json("POST", "/admin/v1/sweep", 200);
  await assertAllWhole(world, "t_stays", kept);
  assert.deepEqual(findInState(world.dir, CANARY), []);
  assert.doesNotMatch(world.output, /request\.failed|alarm\.step_failed/);
  const anew = await world.admin();
  await completed(anew, "t_gone", await shred(anew, "t_gone", { scope: "tenant", confirm: "t_gone" }));
  assert.deepEqual(holding(world.dir, half), []);
});

test("a shredded job and a shredded field are gone, and nothing else is", OPTIONS, async (t) => {
  const world = worldOf(t);
  await world.start();
  const api = await world.provision("t_parts");
  const kept: Known[] = [await worked(api, 1), await worked(api, 2)];
  const job = await withCanary(api);
  const partly = await withCanary(api);
  const half = vaultHalf(world.dir, "t_parts/1");
  const links = [await linkTo(api, job.id), await linkTo(api, job.id, "?artifact=report&format=ndjson")];

  // One comes while another is carried out, and its keys are on their way out.
  const field = (name: string) => ({ scope: "field", job_id: partly.id, fields: [name] });
  const admin = await world.admin();
  const begun: Shred[] = [];
  for (const scope of [{ scope: "job", job_id: job.id }, field("metadata"), field("callback_url")])
    begun.push(await shred(admin, "t_parts", scope));
  const ends = [];
  for (const one of begun) {
    const shredded = await completed(admin, "t_parts", one);
    ends.push({ shredded, claims: await verified(world, shredded) });
  }

  const gone = await readJob(api, job.id);
  assert.deepEqual([gone.seller_id, gone.callback_url, gone.metadata], [null, null, null]);
  assert.deepEqual(gone.unreadable_fields, ["seller_id", "callback_url", "metadata"]);
  for (const link of links)
    assert.deepEqual(await problem(await fetch(link)), { status: 404, code: "file_not_found" });
  const findings = await problem(await api.request("GET", `/v1/jobs/${job.id}/findings`));
  assert.deepEqual(findings, { status: 404, code: "not_found" });
  const file = await problem(await api.request("GET", `/v1/files/${job.file_ref.split("/")[1]}`));
  assert.deepEqual(file, { status: 404, code: "file_not_found" });
  const left = await readJob(api, partly.id);
  const { seller_id } = secretMembers;
  assert.deepEqual([left.seller_id, left.callback_url, left.metadata], [seller_id, null, null]);
  assert.deepEqual(left.unreadable_fields?.toSorted(), ["callback_url", "metadata"]);
  assert((await download(api, partly.id)).includes(CANARY), "the other job has lost its file");
  const said = (await events(api)).filter(({ type }) => type === "job.submitted");
  const sellers = said.map(({ data }) => [data["seller_id"], "metadata" in data, "callback_url" in data]);
  assert.deepEqual(sellers.slice(2), [
    [null, false, false],
    [seller_id, false, false],
  ]);
  await assertAllWhole(world, "t_parts", kept);

  await world.stop();
  const log = assertChain(world.dir, "t_parts");
  const [current, ...others] = keysInForce(world.dir, "t_parts");
  assert.deepEqual(others, []);
  for (const { shredded, claims } of ends) {
    assertCertified(claims, shredded, log);
    assert(shredded.destroyed_keys.every(({ version }) => version < (current?.version ?? 0)));
  }
  assert.deepEqual(holding(world.dir, half), []);
});

test("a shred that is asked for while another is carried out is carried out as well", OPTIONS, async (t) => {
  const world = worldOf(t);
  await world.start();
  const api = await world.provision("t_crowd", { overrides: { running_jobs: 0 } });
  const fileRef = await api.upload("fila.csv", new TextEncoder().encode("sku,title,price\n1,a,2\n"));
  const admin = await world.admin();
  const partly = await submit(api, fileRef, secretMembers);
  const field = { scope: "field", job_id: partly.id, fields: ["seller_id"] };
  const all: Shred[] = [];
  for (let lap = 0; lap < 10; lap++) {
    const { id } = await submit(api, fileRef, secretMembers);
    const both = [
      await shred(admin, "t_crowd", { scope: "job", job_id: id }),
      await shred(admin, "t_crowd", field),
    ];
    for (const one of both) all.push(await erased(admin, "t_crowd", one));
  }
  for (const one of all) await completed(admin, "t_crowd", one);
});
