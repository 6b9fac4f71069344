import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { Api, type JobAnswer } from "../../scripts/client/api.ts";
import { mintToken } from "../../scripts/edge/dev-keys.ts";
import { generateCatalogue } from "../bench/engine/generate.ts";
import { start, temporaryState, until } from "../support/node/edge-process.ts";

const TENANT = "t_large";
const PROFILE = "default@1.0.0";
const DEADLINE_MS = 900_000;

/** `LARGE_MIB=1024 KILLS=5 node --test test/blackbox/large-file.test.ts` for a file of a size that hurts. */
const BYTES = Number(process.env["LARGE_MIB"] ?? 96) * 1024 ** 2;
const KILLS = Number(process.env["KILLS"] ?? 2);
const CHECKPOINT_BYTES = Math.floor(BYTES / 12);
const HAND_OVER_BYTES = Math.floor(BYTES / 4);

interface Parts {
  readonly file_ref: string;
  readonly part_size: number;
  readonly parts: readonly { readonly part_number: number; readonly upload_url: string }[];
  readonly complete_url: string;
}

/** Pieces of exactly `size` but the last. */
function* inParts(chunks: Iterable<Uint8Array>, size: number): Generator<Uint8Array<ArrayBuffer>> {
  let part = new Uint8Array(size);
  let filled = 0;
  for (const chunk of chunks)
    for (let at = 0; at < chunk.length;) {
      const length = Math.min(size - filled, chunk.length - at);
      part.set(chunk.subarray(at, at + length), filled);
      filled += length;
      at += length;
      if (filled < size) continue;
      yield part;
      part = new Uint8Array(size);
      filled = 0;
    }
  if (filled > 0) yield part.subarray(0, filled);
}

/** A generated catalogue, sent part by part: it is nowhere held as a whole. */
async function uploadLarge(api: Api): Promise<string> {
  let size = 0;
  for (const chunk of generateCatalogue(BYTES)) size += chunk.length;
  const announced = await api.json<Parts>("POST", "/v1/uploads", 201, { filename: "large.csv", size });
  const parts: { part_number: number; etag: string | null }[] = [];
  for (const body of inParts(generateCatalogue(BYTES), announced.part_size)) {
    const part = announced.parts[parts.length];
    assert.ok(part);
    const put = await fetch(part.upload_url, { method: "PUT", body });
    assert.equal(put.status, 200);
    await put.body?.cancel();
    parts.push({ part_number: part.part_number, etag: put.headers.get("etag") });
  }
  const completed = await fetch(announced.complete_url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ parts }),
  });
  assert.equal(completed.status, 200, await completed.text());
  return announced.file_ref;
}

async function digestOf(api: Api, { id }: JobAnswer, query: string): Promise<string> {
  const { download_url: url } = await api.json<{ download_url: string }>(
    "GET",
    `/v1/jobs/${id}/download?${query}`,
    200,
  );
  const response = await fetch(url);
  assert.equal(response.status, 200);
  const hash = createHash("sha256");
  for await (const piece of response.body ?? []) hash.update(piece);
  return hash.digest("hex");
}

test(`SIGKILL ${KILLS} times in a job over ${BYTES / 1024 ** 2} MiB: it goes on where it was, and ends with the same bytes`, async () => {
  const state = temporaryState();
  const launch = (...more: string[]) => start("node", state.dir, "--var", "LEASE_SECONDS=3", ...more);
  const inSteps = () =>
    launch("--var", `CHECKPOINT_BYTES=${CHECKPOINT_BYTES}`, "--var", `HAND_OVER_BYTES=${HAND_OVER_BYTES}`);
  const client = async (url: string) => new Api(url, await mintToken(state.dir, { tenant: TENANT }));
  const ended = (api: Api, id: string) =>
    until("the end of the job", DEADLINE_MS, async () => {
      const job = await api.job(id);
      assert.ok(!["failed", "cancelled", "expired"].includes(job.status), JSON.stringify(job.error));
      return job.status === "succeeded" && job;
    });
  try {
    // One run that nobody disturbs says what must come out.
    let edge = launch();
    let api = await client(await edge.ready());
    const admin = new Api(await edge.ready(), await mintToken(state.dir, { admin: true }));
    const tenant = { tenant_id: TENANT, name: "Large", tier: "enterprise" };
    await admin.json("POST", "/admin/v1/tenants", 201, tenant);
    const fileRef = await uploadLarge(api);
    const whole = await ended(api, (await api.submit(fileRef, "correction", PROFILE)).id);
    const expected = {
      output: await digestOf(api, whole, "artifact=output"),
      report: await digestOf(api, whole, "artifact=report&format=ndjson"),
    };
    edge.kill("SIGTERM");
    await edge.ended;

    edge = inSteps();
    api = await client(await edge.ready());
    const { id } = await api.submit(fileRef, "correction", PROFILE);
    let reached = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const from = reached;
      reached = await until("progress", DEADLINE_MS, async () => {
        const { progress, status } = await api.job(id);
        assert.notEqual(status, "failed");
        return (progress >= Math.min(90, from + 25) || status === "succeeded") && progress;
      });
      edge.kill("SIGKILL");
      await edge.ended;
      edge = inSteps();
      api = await client(await edge.ready());
      // What it had come to by its last checkpoint is not lost.
      assert.ok((await api.job(id)).progress >= Math.min(reached, 90) - 25);
    }
    const job = await ended(api, id);
    assert.deepEqual(job.counters, whole.counters);
    assert.equal(job.findings_total, whole.findings_total);
    assert.equal(await digestOf(api, job, "artifact=output"), expected.output);
    assert.equal(await digestOf(api, job, "artifact=report&format=ndjson"), expected.report);
    edge.kill("SIGTERM");
    await edge.ended;
  } finally {
    state.remove();
  }
});
