import { describe, expect, it } from "vitest";
import { eventually, freshTenant, type TestTenant } from "../support/tenants";
import { tenantToken } from "../support/tokens";

const CSV =
  'sku,title,price,stock,category,status\nA1,Caneta,"1.234,50",3,Home,active\nA2,,9.90,x,CASA,ATIVO\n';
const ROWS = [
  {
    sku: "A1",
    title: 'Caneta "azul"\nde ponta fina',
    price: "1.234,50",
    stock: 3,
    category: "Home",
    status: "active",
  },
  { sku: "A2", title: null, price: 9.9, stock: "x", category: "CASA", status: "ATIVO" },
];

interface Judged {
  readonly rules_profile_id: string;
  readonly counters: Record<string, number>;
  readonly findings_total: number;
  readonly findings: readonly Record<string, unknown>[];
  readonly truncated: boolean;
  readonly output?: string;
}

const asCsv = (tenant: TestTenant, text: string, query = "rules_profile_id=default@1.0.0") =>
  tenant.call("POST", `/v1/validate?${query}`, { headers: { "content-type": "text/csv" }, body: text });
const judged = async (answer: Promise<Response>): Promise<Judged> => {
  const response = await answer;
  expect(response.status).toBe(200);
  return response.json<Judged>();
};

describe("POST /v1/validate", () => {
  it.each([
    ["meli@latest", "mercado_livre@1.1.0"],
    ["ShopeeBR@latest", "shopee@1.0.0"],
    ["amazonbr@1.0.0", "amazon@1.0.0"],
    ["MGLU@latest", "magalu@1.0.0"],
    ["AMER@latest", "americanas@1.0.0"],
    ["category_livros@latest", "category_livros@1.0.0"],
  ])("judges by %s, which is %s", async (named, rules_profile_id) => {
    const tenant = await freshTenant();
    const answer = await judged(asCsv(tenant, "sku;título\n;x\n", `rules_profile_id=${named}`));
    expect(answer).toMatchObject({ rules_profile_id });
    expect(answer.counters).toMatchObject({ total: 1, errors: 1 });
  });

  it("says of a text what a job says of the same file", async () => {
    const tenant = await freshTenant();
    const inline = await judged(asCsv(tenant, CSV, "rules_profile_id=default@latest&type=correction"));
    const job = await tenant.json<{ id: string }>("POST", "/v1/jobs", {
      channel: "default",
      type: "correction",
      file_ref: await tenant.upload("a.csv", CSV),
      rules_profile_id: "default@1.0.0",
    });
    const ended = await eventually(
      () =>
        tenant.json<{ status: string; counters: object; findings_total: number }>(
          "GET",
          `/v1/jobs/${job.id}`,
        ),
      ({ status }) => status === "succeeded",
    );
    const { data } = await tenant.json<{ data: object[] }>("GET", `/v1/jobs/${job.id}/findings?limit=100`);
    const summary = await tenant.json<{ by_rule: Readonly<Record<string, unknown>>[] }>(
      "GET",
      `/v1/jobs/${job.id}/summary`,
    );
    const link = await tenant.json<{ download_url: string }>("GET", `/v1/jobs/${job.id}/download`);
    const { pathname, search } = new URL(link.download_url);
    const output = await tenant.call("GET", pathname + search);
    expect(inline).toEqual({
      rules_profile_id: "default@1.0.0",
      counters: ended.counters,
      findings_total: ended.findings_total,
      by_rule: summary.by_rule.map(({ rule_id, field, code, severity, findings, rows }) => ({
        rule_id,
        field,
        code,
        severity,
        findings,
        rows,
      })),
      others: null,
      findings: data,
      truncated: false,
      output: await output.text(),
    });
    expect(data.length).toBeGreaterThan(2);
  });

  it("takes rows as JSON: what a cell says is what is judged", async () => {
    const tenant = await freshTenant();
    const path = "/v1/validate?rules_profile_id=default@1.0.0&type=correction";
    const answer = await judged(tenant.call("POST", path, { body: { rows: ROWS } }));
    expect(answer.counters).toMatchObject({ total: 2, processed: 2 });
    const fields = answer.findings.map(({ row, field }) => `${String(row)} ${String(field)}`);
    expect(fields).toContain("1 price");
    expect(fields).toContain("2 stock");
    expect(answer.output).toContain("1234.50");
    expect(answer.output).toContain('"Caneta ""azul"" de ponta fina"');
  });

  it("corrects nothing and gives no text back where it is to validate", async () => {
    const tenant = await freshTenant();
    const answer = await judged(asCsv(tenant, CSV));
    expect(answer.counters["corrections"]).toBe(0);
    expect(answer).not.toHaveProperty("output");
  });

  it("gives the first thousand findings, and counts all", async () => {
    const tenant = await freshTenant();
    const rows = Array.from({ length: 3_000 }, (_row, n) => `S${n},,x,y,Home,active`);
    const answer = await judged(asCsv(tenant, ["sku,title,price,stock,category,status", ...rows].join("\n")));
    expect(answer.findings).toHaveLength(1_000);
    expect(answer.truncated).toBe(true);
    expect(answer.findings_total).toBeGreaterThan(3_000);
    expect(answer.counters["total"]).toBe(3_000);
  });

  it.each([
    [
      "another media type",
      { headers: { "content-type": "text/html" }, body: "x" },
      415,
      "unsupported_media_type",
    ],
    ["no rows", { body: { rows: [] } }, 400, "validation_error"],
    ["cells that are none", { body: { rows: [{ sku: { a: 1 } }] } }, 400, "validation_error"],
    [
      "what is no table",
      { headers: { "content-type": "text/csv" }, body: "\u0000\u0001" },
      400,
      "validation_error",
    ],
    [
      "more than it takes",
      { headers: { "content-type": "text/csv" }, body: "x".repeat(1024 ** 2 + 1) },
      413,
      "payload_too_large",
    ],
  ])("refuses %s", async (_what, call, status, code) => {
    const tenant = await freshTenant();
    const response = await tenant.call("POST", "/v1/validate?rules_profile_id=default@1.0.0", call);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
  });

  it("refuses a profile that is not published, an unknown type and a token without the scope", async () => {
    const tenant = await freshTenant();
    expect((await asCsv(tenant, CSV, "rules_profile_id=default@9.9.9")).status).toBe(404);
    expect((await asCsv(tenant, CSV, "rules_profile_id=default@1.0.0&type=enrichment")).status).toBe(400);
    const reader = await tenantToken(tenant.id, "jobs:read");
    const response = await tenant.call("POST", "/v1/validate", { body: { rows: ROWS }, token: reader });
    expect(response.status).toBe(403);
  });

  it("costs one token and says what is left", async () => {
    const tenant = await freshTenant();
    const response = await asCsv(tenant, CSV);
    expect(response.headers.get("ratelimit")).toMatch(/^"burst";r=\d+;t=\d+$/);
  });
});
