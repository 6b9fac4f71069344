import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Api } from "../../../scripts/client/api.ts";
import { mintToken } from "../../../scripts/edge/dev-keys.ts";
import { run, start, temporaryState, until } from "../../support/node/edge-process.ts";
import { chromium, judgedInBrowser } from "./browser.ts";
import { catalogues, type Case } from "./cases.ts";

const ROOT = join(import.meta.dirname, "../../..");
const TENANT = "t_parity";
const JOB_WITHIN_MS = 60_000;

interface Told {
  readonly counters: object;
  readonly findingsTotal: number;
  readonly columns: readonly string[];
  readonly report: string;
  readonly output: string;
}

type Judge = (engine: object, cases: readonly Case[]) => Promise<readonly Told[]>;

const modulesOf = async (...paths: readonly string[]): Promise<object> =>
  Object.assign(
    {},
    ...(await Promise.all(paths.map((path) => import(pathToFileURL(join(ROOT, path)).href)))),
  );

/** What a job of the service makes of the same bytes. */
async function ofJob(api: Api, { name, profileId, base64 }: Case): Promise<Told> {
  const bytes = Buffer.from(base64, "base64");
  const announced = await api.json<{ upload_url: string; file_ref: string }>("POST", "/v1/uploads", 201, {
    filename: name.replace(/\.\w+$/, ".csv"),
    size: bytes.length,
  });
  const put = await fetch(announced.upload_url, { method: "PUT", body: bytes });
  assert.equal(put.status, 200, await put.text());
  const { id } = await api.json<{ id: string }>("POST", "/v1/jobs", 201, {
    channel: profileId.split("@")[0],
    type: "correction",
    file_ref: announced.file_ref,
    rules_profile_id: profileId,
  });
  const job = await until(`the job over ${name}`, JOB_WITHIN_MS, async () => {
    const seen = await api.json<{ status: string; counters: object; findings_total: number }>(
      "GET",
      `/v1/jobs/${id}`,
      200,
    );
    assert.notEqual(seen.status, "failed");
    return seen.status === "succeeded" && seen;
  });
  const { reading } = await api.json<{
    reading: { columns: readonly { label: string; field: string | null }[] };
  }>("GET", `/v1/jobs/${id}/summary`, 200);
  const artefact = async (query: string): Promise<string> => {
    const link = await api.json<{ download_url: string }>("GET", `/v1/jobs/${id}/download?${query}`, 200);
    return Buffer.from(await (await fetch(link.download_url)).arrayBuffer()).toString("base64");
  };
  return {
    counters: job.counters,
    findingsTotal: job.findings_total,
    columns: reading.columns.map(({ label, field }) => `${label} -> ${field}`),
    report: await artefact("artifact=report&format=ndjson"),
    output: await artefact("artifact=output"),
  };
}

describe("the engine's package", () => {
  const state = temporaryState();
  const cases = catalogues();
  const ofService: Told[] = [];

  before(async () => {
    const built = await run(process.execPath, "scripts/build-engine.ts");
    assert.equal(built.code, 0, built.stderr);
    const edge = start("node", state.dir);
    const url = await edge.ready();
    const admin = new Api(url, await mintToken(state.dir, { admin: true }));
    await admin.json("POST", "/admin/v1/tenants", 201, {
      tenant_id: TENANT,
      name: TENANT,
      tier: "enterprise",
      overrides: { rate: { sustained: 10_000, burst: 20_000 } },
    });
    const api = new Api(url, await mintToken(state.dir, { tenant: TENANT }));
    for (const one of cases) ofService.push(await ofJob(api, one));
  });

  after(() => state.remove());

  const compare = (told: readonly unknown[], where: string) => {
    assert.equal(told.length, cases.length);
    for (const [at, { name }] of cases.entries())
      assert.deepEqual(told[at], ofService[at], `${name}: the package in ${where} and the service differ`);
  };

  it("has something to say of what it is tried with", () => {
    assert(cases.length > 20);
    assert(ofService.every(({ findingsTotal }) => findingsTotal > 0));
  });

  it("makes in Node the bytes that a job makes", async () => {
    const engine = await modulesOf("engine/dist/compile.js", "engine/dist/profiles.js", "engine/dist/run.js");
    const { judge } = (await modulesOf("test/blackbox/engine/judge.mjs")) as { judge: Judge };
    compare(await judge(engine, cases), "Node");
  });

  it("makes in a browser the bytes that a job makes", async (test) => {
    const binary = chromium();
    if (binary === null) {
      test.skip("NO BROWSER: there is no Chromium here; scripts/install-chromium.sh installs one");
      return;
    }
    compare(await judgedInBrowser(binary, cases), "a browser");
  });

  it("runs as its readme shows it", async () => {
    const shown = await run(process.execPath, "engine/example.mjs");
    assert.equal(shown.code, 0, shown.stderr);
    assert.match(shown.stdout, /A1,Caneta,"?1234\.50"?,3,CASA,ATIVO/);
  });
});
