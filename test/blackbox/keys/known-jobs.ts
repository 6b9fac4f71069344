import assert from "node:assert/strict";
import type { Api } from "../../../scripts/client/api.ts";
import {
  download,
  events,
  type KeyWorld,
  readJob,
  sha256,
  submit,
  succeeded,
} from "../../support/node/key-world.ts";

/** What a client knows of a job: as long as it is there, that is what it must be answered. */
export interface Known {
  readonly id: string;
  readonly members: ReturnType<typeof members>;
  /** SHA-256 of the corrected file, once somebody has fetched it. */
  output?: string;
}

const members = (n: number) => ({
  seller_id: `seller-${n % 5}`,
  callback_url: `https://hooks.example/${n}`,
  metadata: { n, note: `pedido ${n}` },
});

/** Each tenth row is corrected, and is a finding. */
export function catalogue(n: number, rows = 20): Uint8Array<ArrayBuffer> {
  const lines = ["sku,title,price,stock,category,status"];
  for (let row = 0; row < rows; row++)
    lines.push(`${n}-${row},Item ${n} de ${rows},9.90,1,${row % 10 === 0 ? "Home" : "CASA"},ATIVO`);
  return new TextEncoder().encode(lines.join("\n"));
}

export async function submitted(api: Api, fileRef: string, n: number): Promise<Known> {
  const { id } = await submit(api, fileRef, members(n));
  return { id, members: members(n) };
}

/** A file and a job over it that has ended. */
export async function worked(api: Api, n: number, rows?: number): Promise<Known> {
  const job = await submitted(api, await api.upload(`lote-${n}.csv`, catalogue(n, rows)), n);
  await succeeded(api, job.id);
  return job;
}

export async function assertMembers(api: Api, { id, members }: Known): Promise<void> {
  const { seller_id, callback_url, metadata, unreadable_fields } = await readJob(api, id);
  assert.deepEqual({ seller_id, callback_url, metadata }, members);
  assert.equal(unreadable_fields, undefined);
}

/** Members, findings, corrected file and reports of a job that has ended; the file is the same as ever. */
export async function assertWhole(api: Api, job: Known): Promise<void> {
  await assertMembers(api, job);
  const page = await api.json<{ data: { value: string }[] }>(
    "GET",
    `/v1/jobs/${job.id}/findings?limit=2`,
    200,
  );
  assert.deepEqual(
    page.data.map(({ value }) => value),
    ["Home", "Home"],
  );
  const output = sha256(await download(api, job.id));
  assert.equal(output, (job.output ??= output));
  for (const format of ["csv", "ndjson"])
    assert((await download(api, job.id, `?artifact=report&format=${format}`)).includes("Home"));
}

/** The log has no gap, and says of each job what the client said. */
export async function assertEvents(api: Api, jobs: readonly Known[]): Promise<void> {
  const all = (await events(api)).filter(({ type }) => type === "job.submitted");
  const bySubject = new Map(all.map(({ subject, data }) => [subject, data]));
  for (const { id, members } of jobs) {
    const { seller_id, callback_url, metadata } = bySubject.get(`job:${id}`) ?? {};
    assert.deepEqual({ seller_id, callback_url, metadata }, members);
  }
}

export async function assertAllWhole(world: KeyWorld, tenant: string, jobs: readonly Known[]): Promise<void> {
  const api = await world.client(tenant);
  for (const job of jobs) await assertWhole(api, job);
  await assertEvents(api, jobs);
}
