import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from "jose";
import type { Api, JobAnswer } from "../client/api.ts";

const DEADLINE_MS = 30_000;

interface Keys {
  readonly versions: readonly { readonly version: number; readonly status: string }[];
  readonly rotation: {
    readonly status: string;
    readonly progress: {
      readonly jobs: { readonly done: number };
      readonly files: { readonly done: number };
    };
  } | null;
}

interface Shred {
  readonly id: string;
  readonly status: string;
  readonly certificate: string | null;
}

/** What the tour needs of the demo. */
export interface Tour {
  readonly admin: Api;
  readonly api: Api;
  readonly url: string;
  readonly stateDir: string;
  readonly tenantId: string;
  readonly job: JobAnswer;
  /** What must lie nowhere in the clear: a job's metadata, then cells of the catalogue. */
  readonly cells: readonly string[];
  readonly say: (text: string) => void;
  readonly must: (held: boolean, what: string) => void;
}

/** Sealed at rest, sealed anew under a new key, and made unreadable for good. */
export async function showSealing(tour: Tour): Promise<void> {
  const { say, tenantId, cells } = tour;
  say(`\nThe key of ${tenantId}`);
  const { files, bytes } = search(tour);
  say(
    `  searched ${files} raw files of the state (${(bytes / 1e6).toFixed(1)} MB): neither the metadata nor one of ${cells.length - 1} cells is there`,
  );
  await rotate(tour);
  await shred(tour);
}

function search({ stateDir, cells, must }: Tour): { files: number; bytes: number } {
  const wanted = cells.map((cell) => Buffer.from(cell));
  let bytes = 0;
  const names = readdirSync(join(stateDir, "storage"), { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile());
  for (const { parentPath, name } of files) {
    const content = readFileSync(join(parentPath, name));
    bytes += content.length;
    for (const cell of wanted) must(!content.includes(cell), `"${cell}" not to lie in the clear in ${name}`);
  }
  return { files: files.length, bytes };
}

async function rotate({ admin, api, tenantId, job, say, must }: Tour): Promise<void> {
  await admin.json("POST", `/admin/v1/tenants/${tenantId}/keys/rotate`, 202);
  const keys = await until(
    () => admin.json<Keys>("GET", `/admin/v1/tenants/${tenantId}/keys`, 200),
    ({ rotation }) => rotation?.status === "complete",
  );
  const [former] = keys.versions;
  must(former?.status === "destroyed", "the former version to be destroyed");
  const { findings_total: total } = await api.job(job.id);
  const { meta } = await api.json<{ meta: { total: number } }>("GET", `/v1/jobs/${job.id}/findings`, 200);
  must(total === meta.total && total > 0, "the findings to be read as before");
  say(
    `  rotated: ${keys.rotation?.progress.jobs.done ?? 0} jobs and ${keys.rotation?.progress.files.done ?? 0} files ` +
      `sealed anew, version ${former?.version} destroyed, everything reads as before`,
  );
}

async function shred({ admin, api, url, tenantId, job, say, must }: Tour): Promise<void> {
  const reason = "Shown in the demo";
  const path = `/admin/v1/tenants/${tenantId}/shred`;
  const { id } = await admin.json<Shred>("POST", path, 202, { scope: "job", job_id: job.id, reason });
  const { certificate } = await until(
    () => admin.json<Shred>("GET", `/admin/v1/tenants/${tenantId}/shreds/${id}`, 200),
    ({ status }) => status === "complete",
  );
  const jwks = (await (await fetch(`${url}/.well-known/jwks.json`)).json()) as JSONWebKeySet;
  const { payload } = await compactVerify(certificate ?? "", createLocalJWKSet(jwks));
  const said = JSON.parse(new TextDecoder().decode(payload)) as { job_id: string; completed_at: string };
  must(said.job_id === job.id, "a certificate about the job");
  const findings = await api.request("GET", `/v1/jobs/${job.id}/findings`);
  must(findings.status === 404, `404 for the findings of a shredded job, not ${findings.status}`);
  say(
    `  shredded job ${job.id}: unreadable since ${said.completed_at}, older copies included; the certificate verifies`,
  );
}

async function until<T>(ask: () => Promise<T>, done: (answer: T) => boolean): Promise<T> {
  for (const deadline = Date.now() + DEADLINE_MS; Date.now() < deadline; await wait(50)) {
    const answer = await ask();
    if (done(answer)) return answer;
  }
  throw new Error(`The demo waited ${DEADLINE_MS / 1000} s in vain.`);
}
