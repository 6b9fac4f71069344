import assert from "node:assert/strict";
import { writeFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Api, FindingAnswer } from "../../../scripts/client/api.ts";
import { until } from "../../support/node/edge-process.ts";
import {
  download,
  events,
  KeyWorld,
  readJob,
  rows,
  type SealedJob,
  sha256,
  submit,
  succeeded,
} from "../../support/node/key-world.ts";
import { findInState, formsOf } from "./state-search.ts";

const TENANT = "t_canary";
const MiB = 1024 ** 2;
const OPTIONS = { timeout: 120_000 };
const WITHIN_MS = 60_000;
/** A run that was killed is soon begun anew. */
const VARS = { LEASE_SECONDS: "2" };
const ENCODER = new TextEncoder();

/** Digits alone: whatever folds, quotes or escapes a text leaves them as they are. */
const digits = (name: string): string =>
  BigInt(`0x${sha256(`canary ${name}`)}`)
    .toString()
    .slice(0, 18);

/** Every canary begins with it, so that one search finds them all. */
const STEM = digits("stem");
const canary = (name: string): string => STEM + digits(name);
/** Part of a file's name, which is not sealed. */
const CONTROL = digits("control");

const HEADER = `sku,title,price,stock,category,status,extra ${canary("header")}\n`;

/** The first two rows make findings whose values are canaries: one is corrected, one cannot be. */
const SMALL =
  `${HEADER}${canary("sku")},"Cadeira  ${canary("title")}",10.50,3,CASA,ATIVO,x\n` +
  `SKU-2,Mesa ${canary("plain")},9.90,1,${canary("category")},ATIVO,${canary("cell")}\n`;

/** Rows that all hold a canary, about `bytes` of them; every 2,000th has findings. */
function large(bytes: number, pad: number): Uint8Array<ArrayBuffer> {
  const filler = "com descrição ".repeat(pad);
  const lines = [HEADER];
  for (let size = 0, n = 0; size < bytes; n++) {
    const title = `Produto${n % 2_000 === 0 ? "  " : " "}${canary("large")} ${filler}${n}`;
    lines.push(`SKU-${n},${title},10.50,3,${n % 2_000 === 1 ? canary("large category") : "CASA"},ATIVO,\n`);
    size += Buffer.byteLength(lines.at(-1) ?? "");
  }
  return ENCODER.encode(lines.join(""));
}

const members = (name: string) => ({
  seller_id: canary(`seller ${name}`),
  callback_url: `https://hooks.example/${canary(`callback ${name}`)}`,
  metadata: { order: canary(`metadata ${name}`), nested: [{ [canary(`member ${name}`)]: true }] },
});

const world = new KeyWorld();
after(() => world.remove());

async function uploadInParts(api: Api, filename: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const announced = await api.json<{
    file_ref: string;
    part_size: number;
    parts: { part_number: number; upload_url: string }[];
    complete_url: string;
  }>("POST", "/v1/uploads", 201, { filename, size: bytes.length });
  const parts = [];
  for (const { part_number, upload_url } of announced.parts) {
    const at = (part_number - 1) * announced.part_size;
    const put = await fetch(upload_url, { method: "PUT", body: bytes.slice(at, at + announced.part_size) });
    assert.equal(put.status, 200);
    const { etag } = (await put.json()) as { etag: string };
    parts.push({ part_number, etag });
  }
  const ended = await fetch(announced.complete_url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ parts }),
  });
  assert.equal(ended.status, 200, await ended.text());
  return announced.file_ref;
}

/** Runs a correction to its end and sees to it that the canaries did pass through all that could leak them. */
async function correct(api: Api, name: string, fileRef: string): Promise<SealedJob> {
  const { id } = await submit(api, fileRef, members(name));
  const job = await until(`the end of ${name}`, WITHIN_MS, async () => {
    const now = await readJob(api, id);
    return now.status === "succeeded" && now;
  });
  const { seller_id, callback_url, metadata } = job;
  assert.deepEqual({ seller_id, callback_url, metadata }, members(name));
  const page = await api.json<{ data: FindingAnswer[] }>("GET", `/v1/jobs/${id}/findings?limit=100`, 200);
  assert(page.data.some(({ value, fix }) => value?.includes(STEM) && fix?.after.includes(STEM)));
  assert(page.data.some(({ value, fix }) => value?.includes(STEM) && !fix));
  for (const query of ["", "?artifact=report", "?artifact=report&format=ndjson"])
    assert((await download(api, id, query)).includes(STEM), `${name}${query} holds no canary`);
  return job;
}

/** The read model has the job's last event. */
const projected = ({ id }: SealedJob) =>
  until(`the shard to have followed job ${id}`, WITHIN_MS, async () => {
    const found = rows<{ subject: string; epoch: number }>(
      world.dir,
      "sink_cursors",
      `SELECT subject, epoch FROM events WHERE type IN ('job.succeeded', 'job.failed')`,
    );
    return found.some(({ subject }) => subject === `job:${id}`);
  });

/** No canary in any file of the state or in anything that was printed; what is not sealed is found by the same search. */
function assertNoCanary(when: string): void {
  assert.deepEqual(findInState(world.dir, STEM), [], when);
  const printed = Buffer.from(world.output);
  assert.deepEqual(
    formsOf(STEM).filter(([, form]) => printed.includes(form)),
    [],
    when,
  );
  assert.notDeepEqual(findInState(world.dir, CONTROL), [], `${when}: the search finds nothing at all`);
}

test("the search finds a text in each of its spellings, wherever it begins", OPTIONS, async () => {
  await world.start(VARS);
  const path = join(world.dir, "storage", "planted");
  for (const [name, form] of formsOf(CONTROL)) {
    writeFileSync(path, Buffer.concat([Buffer.alloc(5_000, "-"), form, Buffer.alloc(7, "-")]));
    assert.deepEqual(findInState(world.dir, CONTROL), [`${name} in storage/planted`]);
  }
  for (const shift of [0, 1, 2]) {
    writeFileSync(path, Buffer.from(`${"é".repeat(3)}${"x".repeat(shift)}${CONTROL}?`).toString("base64"));
    assert.deepEqual(findInState(world.dir, CONTROL), [`base64+${shift}`.concat(" in storage/planted")]);
  }
  rmSync(path);
  assert.deepEqual(findInState(world.dir, CONTROL), []);
});

test("no canary lies anywhere: after jobs, after a SIGKILL, after a restart", OPTIONS, async () => {
  const api = await world.provision(TENANT);
  const name = (size: string) => `controle-${CONTROL}-${size}.csv`;
  const small = await api.upload(name("small"), ENCODER.encode(SMALL));
  const medium = await api.upload(name("medium"), large(9 * MiB, 8));
  const inParts = await uploadInParts(api, name("parts"), large(65 * MiB, 200));
  const done: SealedJob[] = [];
  for (const [of, ref] of Object.entries({ small, medium, inParts })) done.push(await correct(api, of, ref));

  // What goes wrong may say why, but not with the client's own words.
  const broken = await api.upload(name("broken"), Buffer.from(`${canary("broken")}\0\xff\xfe`, "latin1"));
  const failing = await submit(api, broken, members("broken"));
  const failed = await until("the broken file's end", WITHIN_MS, async () => {
    const job = await readJob(api, failing.id);
    return job.status === "failed" && job;
  });
  const refused = {
    channel: "default",
    type: "correction",
    file_ref: small,
    rules_profile_id: "default@1.0.0",
  };
  for (const more of [{ metadata: canary("refused") }, { [canary("unknown member")]: 1 }])
    assert.equal((await api.request("POST", "/v1/jobs", { ...refused, ...more })).status, 400);
  const found = await api.json<{ data: SealedJob[] }>(
    "GET",
    `/v1/jobs?seller_id=${canary("seller small")}`,
    200,
  );
  assert.deepEqual(
    found.data.map(({ id }) => id),
    [done[0]?.id],
  );
  for (const job of [...done, failed]) await projected(job);
  assertNoCanary("all jobs done, running");

  const killed = await submit(api, inParts, members("killed"));
  await until("the job to run", WITHIN_MS, async () => (await readJob(api, killed.id)).progress > 0);
  await world.crash();
  assertNoCanary("killed in a job");

  await world.start(VARS);
  const again = await world.client(TENANT);
  assertNoCanary("started again");
  const ended = await succeeded(again, killed.id);
  assert.equal(ended.attempts, 2, "the job was not killed while it ran");
  assert.deepEqual(ended.metadata, members("killed").metadata);
  await projected(ended);
  const submitted = (await events(again)).filter(({ type }) => type === "job.submitted");
  for (const { data } of submitted) assert(JSON.stringify(data).includes(STEM));
  assert.equal(submitted.length, 5);
  assertNoCanary("the killed job done");
});
