import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { eventually, freshTenant, type TestTenant } from "../support/tenants";
import { tenantToken } from "../support/tokens";

const LINES = [
  "sku;title;price",
  "A1; Caneta ;1,50",
  "A2;Caderno;x",
  "A3;Lapis;2.00",
  "A4; Borracha;1.234,56",
];
const CSV = LINES.join("\n");
const PROFILE = {
  rules: [
    { id: "price", field: "price", check: { type: "decimal" }, fix: { type: "normalize_decimal" } },
    {
      id: "title",
      field: "title",
      check: { type: "normalized", trim: true },
      fix: { type: "normalize", trim: true },
    },
  ],
};

interface Change {
  column: number;
  field: string;
  before: string;
  after: string;
  rules: object[];
}
interface PreviewBody {
  rules_profile_id: string;
  truncated: boolean;
  read_bytes: number;
  total_bytes: number;
  counters: object;
  findings_total: number;
  by_rule: object[];
  rows: { row: number; line: number; changes: Change[]; findings: { row: number; rule_id: string }[] }[];
}

async function acme(): Promise<TestTenant> {
  const tenant = await freshTenant();
  await tenant.json("PUT", "/v1/rules/acme@1.0.0", PROFILE);
  await tenant.json("POST", "/v1/rules/acme@1.0.0/publish");
  return tenant;
}

const asked = (tenant: TestTenant, fileRef: string, more: object = {}) =>
  tenant.json<PreviewBody>("POST", "/v1/preview", {
    file_ref: fileRef,
    rules_profile_id: "acme@latest",
    ...more,
  });

async function corrected(tenant: TestTenant, fileRef: string, fixes: object | undefined) {
  const { id } = await tenant.json<{ id: string }>("POST", "/v1/jobs", {
    channel: "acme",
    type: "correction",
    file_ref: fileRef,
    rules_profile_id: "acme@1.0.0",
    fixes,
  });
  const job = await eventually(
    () => tenant.json<{ status: string; counters: object; findings_total: number }>("GET", `/v1/jobs/${id}`),
    ({ status }) => status === "succeeded",
  );
  const link = await tenant.json<{ download_url: string }>("GET", `/v1/jobs/${id}/download`);
  const { pathname, search } = new URL(link.download_url);
  return { id, job, output: await (await tenant.call("GET", pathname + search)).text() };
}

function patched(text: string, { rows }: PreviewBody): string {
  const lines = text.split("\n").map((line) => line.split(";"));
  for (const { line, changes } of rows)
    for (const { column, after } of changes) (lines[line - 1] ?? [])[column - 1] = after;
  return lines.map((line) => line.join(";")).join("\n");
}

async function gzipped(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

describe("POST /v1/preview", () => {
  it.each([[undefined], [{ accept: ["price"] }], [{ reject: ["price"] }], [{ accept: [] }]])(
    "shows what a job with the same fixes does: %j",
    async (fixes) => {
      const tenant = await acme();
      const ref = await tenant.upload("a.csv", CSV);
      const preview = await asked(tenant, ref, { fixes });
      const { id, job, output } = await corrected(tenant, ref, fixes);
      expect(patched(CSV, preview)).toBe(output);
      expect(preview).toMatchObject({
        rules_profile_id: "acme@1.0.0",
        truncated: false,
        read_bytes: CSV.length,
        total_bytes: CSV.length,
        counters: job.counters,
        findings_total: job.findings_total,
      });
      const { data } = await tenant.json<{ data: object[] }>("GET", `/v1/jobs/${id}/findings?limit=100`);
      expect(preview.rows.flatMap(({ findings }) => findings)).toEqual(data);
      const fixed = await tenant.json<{ data: { fix: { applied: boolean } }[]; meta: object }>(
        "GET",
        `/v1/jobs/${id}/findings?fixed=true`,
      );
      expect(fixed.data).toEqual(
        (data as { fix?: { applied: boolean } }[]).filter(({ fix }) => fix?.applied === true),
      );
      expect(fixed.meta).toMatchObject({ total: null, next_cursor: null });
    },
  );

  it("names each changed cell, with its rules and their classes, and counts by rule", async () => {
    const tenant = await acme();
    const preview = await asked(tenant, await tenant.upload("a.csv", CSV), { fixes: { reject: ["title"] } });
    expect(preview.rows[0]).toMatchObject({
      row: 1,
      line: 2,
      changes: [
        {
          column: 3,
          field: "price",
          before: "1,50",
          after: "1.50",
          rules: [{ rule_id: "price", class: "safe" }],
        },
      ],
    });
    expect(preview.by_rule).toEqual([
      { rule_id: "title", findings: 2, corrected_cells: 0, fixes: { safe: { applied: 0, offered: 2 } } },
      { rule_id: "price", findings: 3, corrected_cells: 2, fixes: { safe: { applied: 2, offered: 0 } } },
    ]);
    expect(await tenant.json("GET", "/v1/jobs")).toMatchObject({ meta: { total: 0 } });
  });

  it("samples as it is asked to", async () => {
    const tenant = await acme();
    const ref = await tenant.upload("a.csv", CSV);
    const rows = async (more: object) => (await asked(tenant, ref, more)).rows.map(({ row }) => row);
    expect(await rows({ rows: 2 })).toEqual([1, 2]);
    expect(await rows({ sample: "random", rows: 2, seed: 5 })).toEqual(
      await rows({ sample: "random", rows: 2, seed: 5 }),
    );
    expect(await rows({ sample: "stratified", rows: 3 })).toEqual([1, 2, 4]);
  });

  it("reads the beginning of a long file, compressed or not, and says so", async () => {
    const tenant = await acme();
    const rows = Array.from({ length: 1_300_000 }, (_, at) => `A${at};Caneta;1.50`);
    const text = ["sku;title;price", ...rows].join("\n");
    const plain = await asked(tenant, await tenant.upload("a.csv", text), { rows: 1 });
    expect(plain).toMatchObject({ truncated: true, total_bytes: text.length });
    expect(plain.read_bytes).toBeLessThan(17.5 * 1024 ** 2);
    const bytes = await gzipped(text);
    const announced = await tenant.json<{ upload_url: string; file_ref: string }>("POST", "/v1/uploads", {
      filename: "a.csv.gz",
      size: bytes.length,
    });
    await exports.default.fetch(new Request(announced.upload_url, { method: "PUT", body: bytes }));
    const inflated = await asked(tenant, announced.file_ref, { rows: 1 });
    expect(inflated).toMatchObject({ truncated: true, total_bytes: bytes.length });
    expect(inflated.counters).toMatchObject({ errors: 0, corrections: 0 });
    expect(inflated.rows).toEqual(plain.rows);
  }, 60_000);

  it.each([
    [{ file_ref: "files/0199b0e4-2b00-7c3d-9b7a-4e1f00000002/a.csv" }, 404, "file_not_found"],
    [{ file_ref: "../etc/passwd" }, 400, "invalid_file_reference"],
    [{ rules_profile_id: "acme@9.9.9" }, 404, "rules_profile_not_found"],
    [{ fixes: { accept: ["weight"] } }, 400, "validation_error"],
    [{ rows: 201 }, 400, "validation_error"],
    [{ sample: "tail" }, 400, "validation_error"],
  ])("refuses %j", async (more, status, code) => {
    const tenant = await acme();
    const body = { file_ref: await tenant.upload("a.csv", CSV), rules_profile_id: "acme@latest", ...more };
    const response = await tenant.call("POST", "/v1/preview", { body });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
  });

  it("refuses what is no table, another tenant's file, and a token without the scope", async () => {
    const tenant = await acme();
    const other = await acme();
    const post = (body: object, token = tenant.token) => tenant.call("POST", "/v1/preview", { body, token });
    const noTable = { file_ref: await tenant.upload("b.csv", "\0\0\0\0"), rules_profile_id: "acme@latest" };
    expect((await post(noTable)).status).toBe(400);
    const foreign = { file_ref: await other.upload("a.csv", CSV), rules_profile_id: "acme@latest" };
    expect((await post(foreign)).status).toBe(404);
    const weak = await tenantToken(tenant.id, "jobs:read");
    expect((await post(noTable, weak)).status).toBe(403);
  });
});
