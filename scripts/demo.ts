import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Api, type FindingAnswer, type JobAnswer } from "./client/api.ts";
import { mintToken } from "./edge/dev-keys.ts";
import { DemoReceiver } from "./demo/webhooks.ts";
import { showSealing } from "./demo/sealing.ts";
import { startEdge } from "./edge/edge.ts";

const TENANTS = [
  {
    id: "t_acme",
    name: "Acme Eletrônicos",
    sample: "sample-mercado-livre.csv",
    profile: "mercado_livre@latest",
  },
  { id: "t_bazar", name: "Bazar da Praça", sample: "sample-default.csv", profile: "default@1.0.0" },
] as const;
const SAMPLES = join(import.meta.dirname, "../test/fixtures/catalogue");
const JOB_DEADLINE_MS = 60_000;
const FINDINGS_SHOWN = 5;
/** Must lie nowhere in the clear, like the catalogues' cells. */
const PRIVATE_NOTE = "for the eyes of the tenant alone";

const say = (text = ""): void => console.log(text);

function must(held: boolean, what: string): void {
  if (!held) throw new Error(`The demo expected ${what}.`);
}

async function follow(api: Api, job: JobAnswer): Promise<JobAnswer> {
  const deadline = Date.now() + JOB_DEADLINE_MS;
  let shown = "";
  for (;;) {
    const now = await api.job(job.id);
    const line = `    ${now.type.padEnd(10)} ${now.status.padEnd(9)} ${String(now.progress).padStart(3)} %`;
    if (line !== shown) say(line);
    shown = line;
    if (["succeeded", "failed", "cancelled", "expired"].includes(now.status)) return now;
    must(Date.now() < deadline, `job ${job.id} to end within ${JOB_DEADLINE_MS / 1000} s`);
    await wait(50);
  }
}

async function save(api: Api, job: JobAnswer, query: string, path: string): Promise<number> {
  const { download_url: url } = await api.json<{ download_url: string }>(
    "GET",
    `/v1/jobs/${job.id}/download?${query}`,
    200,
  );
  const response = await fetch(url);
  must(response.status === 200, `the download (${query}) to answer 200, not ${response.status}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  await writeFile(path, bytes);
  return bytes.length;
}

function table(findings: readonly FindingAnswer[]): void {
  for (const { row, column, field, severity, code, message, fix } of findings) {
    say(`      row ${row}, column ${column} (${field})  ${severity}  ${code}`);
    say(
      `        ${message}${fix ? `  [${JSON.stringify(fix.before)} -> ${JSON.stringify(fix.after)}]` : ""}`,
    );
  }
}

async function runTenant(api: Api, tenant: (typeof TENANTS)[number], folder: string): Promise<JobAnswer> {
  say(`\n${tenant.name} (${tenant.id}), profile ${tenant.profile}`);
  const fileRef = await api.upload(
    tenant.sample,
    new Uint8Array(await readFile(join(SAMPLES, tenant.sample))),
  );
  say(`  uploaded ${tenant.sample} as ${fileRef}`);
  const submitted = [
    await api.submit(fileRef, "validation", tenant.profile),
    await api.submit(fileRef, "correction", tenant.profile, { metadata: { note: PRIVATE_NOTE } }),
  ];
  const [validation, correction] = await Promise.all(submitted.map((job) => follow(api, job)));
  must(validation?.status === "succeeded" && correction?.status === "succeeded", "both jobs to succeed");
  if (!validation || !correction) throw new Error("unreachable");

  for (const { type, counters, findings_total: findings } of [validation, correction])
    say(
      `  ${type}: ${counters.total} rows, ${counters.errors} with errors, ${counters.warnings} with warnings, ` +
        `${counters.corrections} corrected, ${findings} findings`,
    );
  must(
    validation.counters.processed > 0 && validation.counters.errors > 0,
    "the sample's faults to be counted",
  );
  must(validation.counters.corrections === 0, "a validation to correct nothing");
  must(correction.counters.corrections > 0, "the correction to correct rows");

  const { data } = await api.json<{ data: FindingAnswer[] }>(
    "GET",
    `/v1/jobs/${correction.id}/findings?limit=${FINDINGS_SHOWN}`,
    200,
  );
  must(data.length > 0, "findings");
  say("  first findings:");
  table(data);

  const corrected = join(folder, `${tenant.id}-corrected.csv`);
  const report = join(folder, `${tenant.id}-report.csv`);
  const page = join(folder, `${tenant.id}-report.html`);
  must((await save(api, correction, "artifact=output", corrected)) > 0, "a corrected file");
  must((await save(api, correction, "artifact=report&format=csv", report)) > 0, "a report");
  must((await save(api, correction, "artifact=report&format=html", page)) > 0, "a page");
  say(`  corrected file  ${corrected}`);
  say(`  report          ${report}`);
  say(`  to be read      ${page}`);
  return correction;
}

/** Cells that are found nowhere but in the catalogue: long enough not to be met by chance. */
const longCells = (csv: string): string[] => [
  ...new Set(csv.split(/[\r\n;,"]+/).filter((cell) => cell.trim().length >= 12)),
];

async function demo(): Promise<void> {
  const stateDir = await mkdtemp(join(tmpdir(), "validahub-demo-state-"));
  const folder = await mkdtemp(join(tmpdir(), "validahub-demo-"));
  say("Starting the edge on a free loopback port with a throw-away state folder ...");
  const edge = await startEdge({ port: 0, stateDir, vars: {} });
  const receivers = TENANTS.map(() => new DemoReceiver());
  try {
    say(`  ready at ${edge.url}`);
    const admin = new Api(edge.url, await mintToken(stateDir, { admin: true }));
    for (const { id, name } of TENANTS)
      await admin.json("POST", "/admin/v1/tenants", 201, { tenant_id: id, name, tier: "premium" });
    say(`  provisioned ${TENANTS.map(({ id }) => id).join(" and ")}`);

    const [first, second] = await Promise.all(
      TENANTS.map(async ({ id }) => new Api(edge.url, await mintToken(stateDir, { tenant: id }))),
    );
    if (!first || !second) throw new Error("unreachable");
    for (const [index, api] of [first, second].entries()) await receivers[index]?.subscribe(api);
    const job = await runTenant(first, TENANTS[0], folder);
    await runTenant(second, TENANTS[1], folder);

    say("\nWhat the tenants' webhooks were sent meanwhile");
    for (const [index, api] of [first, second].entries())
      await receivers[index]?.show(api, TENANTS[index]?.id ?? "", { say, must });

    const foreign = await second.request("GET", `/v1/jobs/${job.id}`);
    must(foreign.status === 404, `404 for another tenant's job, not ${foreign.status}`);
    say(
      `\n${TENANTS[1].id} asks for ${TENANTS[0].id}'s job ${job.id}: ${foreign.status} Not Found, as it must be.`,
    );
    const cells = [PRIVATE_NOTE, ...longCells(await readFile(join(SAMPLES, TENANTS[0].sample), "utf8"))];
    await showSealing({
      admin,
      api: first,
      url: edge.url,
      stateDir,
      tenantId: TENANTS[0].id,
      job,
      cells,
      say,
      must,
    });
  } finally {
    for (const receiver of receivers) receiver.close();
    await edge.stop();
    await rm(stateDir, { recursive: true, force: true });
  }
  say("The edge has stopped. Everything held.");
}

try {
  await demo();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
