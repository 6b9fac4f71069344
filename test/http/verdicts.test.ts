import { describe, expect, it, vi } from "vitest";
import { AMAZON_PREVIEW, MERCADO_LIVRE_VALIDATIONS } from "../fixtures/verdicts/answers";
import { expectGolden } from "../golden/expect-golden";
import { eventually, freshTenant, type Call, type TestTenant } from "../support/tenants";
import { tenantToken } from "../support/tokens";

const GOLDENS = import.meta.glob<string>("../golden/verdicts/*.json", {
  query: "?raw",
  import: "default",
  eager: true,
});

interface Verdict {
  readonly item: number;
  readonly sku?: string;
  readonly row?: number;
  readonly line?: number;
  readonly field?: string;
  readonly code: string;
  readonly known: boolean;
  readonly already_found?: boolean;
}

interface Answer {
  readonly rules_profile_id: string;
  readonly verdicts: readonly Verdict[];
  readonly truncated: boolean;
  readonly unreadable: readonly number[];
  readonly unknown_codes: readonly { readonly code: string; readonly count: number }[];
  readonly totals: Readonly<Record<string, number>>;
  readonly job?: object;
}

const cause = (code: string, references: readonly string[], more: object = {}) => ({
  cause: [{ department: "items", cause_id: 1, type: "error", code, references, message: code, ...more }],
});
const SHORT = cause("item.title.minimum_length", ["item.title"]);
const CATALOGUE = [
  "notes,sku,title,price,available_quantity,pictures",
  '"two\nlines",A1,Smartphone Galaxy A54,10,1,https://img.example.com/1.jpg',
  ",B2,curto,10,1,https://img.example.com/1.jpg",
].join("\n");

async function ranJob(tenant: TestTenant, filename = "a.csv", text = CATALOGUE): Promise<string> {
  const { id } = await tenant.json<{ id: string }>("POST", "/v1/jobs", {
    channel: "mercado_livre",
    type: "validation",
    file_ref: await tenant.upload(filename, text),
    rules_profile_id: "mercado_livre@1.1.0",
  });
  const job = () => tenant.json<{ status: string }>("GET", `/v1/jobs/${id}`);
  await eventually(job, ({ status }) => status === "succeeded");
  return id;
}

describe("POST /v1/verdicts", () => {
  it.each([
    ["mercado-livre.json", "mercado_livre@1.1.0", MERCADO_LIVRE_VALIDATIONS],
    ["amazon.json", "amazon@1.0.0", JSON.stringify(AMAZON_PREVIEW)],
  ])("answers in the form of %s", async (file, id, answer) => {
    const tenant = await freshTenant();
    const body = { rules_profile_id: id, items: [{ row: 7, answer }] };
    const told = await tenant.json<Answer>("POST", "/v1/verdicts", body);
    expectGolden("verdicts", GOLDENS[`../golden/verdicts/${file}`], file, told);
  });

  it("finds the rows of a job by SKU, and says what the job's report has found already", async () => {
    const tenant = await freshTenant();
    const jobId = await ranJob(tenant);
    const unknown = cause("item.title.too_shiny", ["item.title"]);
    const told = await tenant.json<Answer>("POST", "/v1/verdicts", {
      job_id: jobId,
      items: [
        { sku: "B2", answer: SHORT },
        { sku: " A1 ", answer: JSON.stringify(SHORT) },
        { sku: "C3", answer: SHORT },
        { row: 2, answer: unknown },
        { answer: "no JSON at all" },
      ],
    });
    expect(told.rules_profile_id).toBe("mercado_livre@1.1.0");
    const found = told.verdicts.map(({ item, row, line, already_found }) => [item, row, line, already_found]);
    expect(found).toEqual([
      [0, 2, 4, true],
      [1, 1, 2, false],
      [2, undefined, undefined, undefined],
      [3, 2, undefined, true],
    ]);
    expect(told).toMatchObject({
      truncated: false,
      unreadable: [4],
      unknown_codes: [{ code: "item.title.too_shiny", count: 1 }],
      totals: { items: 5, causes: 4, verdicts: 4, unknown: 1, with_row: 3, already_found: 2 },
      job: { rows_read: 2, input_truncated: false, report_truncated: false },
    });
  });

  it("takes the newest profile of the marketplace that has answered", async () => {
    const tenant = await freshTenant();
    const by = async (answer: unknown) =>
      (await tenant.json<Answer>("POST", "/v1/verdicts", { items: [{ answer }] })).rules_profile_id;
    expect(await by(AMAZON_PREVIEW)).toBe("amazon@1.0.0");
    expect(await by(SHORT)).toBe("mercado_livre@1.1.0");
    expect(await by("nothing")).toBe("mercado_livre@1.1.0");
  });

  it("writes down codes that nobody has described, and nothing that somebody has pasted", async () => {
    const tenant = await freshTenant();
    const lines: string[] = [];
    const info = vi.spyOn(console, "info").mockImplementation((line: string) => void lines.push(line));
    try {
      const answers = [
        cause("item.new.code", []),
        cause("item.new.code", []),
        cause("Maria da Silva 123", []),
      ];
      await tenant.json("POST", "/v1/verdicts", { items: answers.map((answer) => ({ answer })) });
    } finally {
      info.mockRestore();
    }
    const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const written = told.filter(({ event }) => event === "verdict.unknown_code");
    expect(written).toMatchObject([
      { format: "mercado_livre", code: "item.new.code", count: 2 },
      { format: "mercado_livre", code: "other", count: 1 },
    ]);
    expect(lines.join("\n")).not.toContain("Maria");
  });

  it("knows no job of another tenant's", async () => {
    const tenant = await freshTenant();
    const jobId = await ranJob(tenant);
    const other = await freshTenant();
    const body = { job_id: jobId, items: [{ sku: "B2", answer: SHORT }] };
    expect((await other.call("POST", "/v1/verdicts", { body })).status).toBe(404);
    expect((await tenant.call("POST", "/v1/verdicts", { body })).status).toBe(200);
  });

  const items = [{ answer: SHORT }];
  const refusals: readonly (readonly [string, Call, number, string])[] = [
    ["no items", { body: { items: [] } }, 400, "validation_error"],
    ["too many", { body: { items: Array(501).fill({ answer: "x" }) } }, 400, "validation_error"],
    ["an answer that is a number", { body: { items: [{ answer: 1 }] } }, 400, "validation_error"],
    ["too long a text", { body: { items: [{ answer: "x".repeat(262_145) }] } }, 400, "validation_error"],
    ["a row of none", { body: { items: [{ row: 0, answer: "x" }] } }, 400, "validation_error"],
    ["another format", { body: { format: "shopee", items } }, 400, "validation_error"],
    ["what is no job's id", { body: { job_id: "x", items } }, 400, "validation_error"],
    [
      "a profile that is not there",
      { body: { rules_profile_id: "acme@9.9.9", items } },
      404,
      "rules_profile_not_found",
    ],
    [
      "more than it takes",
      { body: { items: Array(5).fill({ answer: "x".repeat(260_000) }) } },
      413,
      "payload_too_large",
    ],
    [
      "another media type",
      { headers: { "content-type": "text/plain" }, body: "{}" },
      415,
      "unsupported_media_type",
    ],
  ];
  it.each(refusals)("refuses %s", async (_what, call, status, code) => {
    const tenant = await freshTenant();
    const response = await tenant.call("POST", "/v1/verdicts", call);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
  });

  it("refuses a token without the scope", async () => {
    const tenant = await freshTenant();
    const token = await tenantToken(tenant.id, "jobs:read");
    expect((await tenant.call("POST", "/v1/verdicts", { body: { items }, token })).status).toBe(403);
  });
});
