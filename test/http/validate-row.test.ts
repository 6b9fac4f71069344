import { describe, expect, it } from "vitest";
import { freshTenant, type Call, type TestTenant } from "../support/tenants";
import { tenantToken } from "../support/tokens";

const PATH = "/v1/validate/row?rules_profile_id=default@1.0.0";
const ROW = { sku: "A1", title: " Caneta ", price: "1.234,50", stock: 3, category: "Home", status: "active" };

interface Judged {
  readonly rules_profile_id: string;
  readonly valid: boolean;
  readonly findings_total: number;
  readonly findings: readonly Record<string, unknown>[];
  readonly corrected?: Record<string, unknown>;
}

const judged = async (tenant: TestTenant, row: object, path = PATH): Promise<Judged> => {
  const response = await tenant.call("POST", path, { body: { row } });
  expect(response.status).toBe(200);
  return response.json<Judged>();
};

describe("POST /v1/validate/row", () => {
  it("says of a row what /v1/validate says of it, and whether it is free of errors", async () => {
    const tenant = await freshTenant();
    const row = { ...ROW, title: "", stock: "x" };
    const { findings, findings_total } = await tenant.json<Judged>(
      "POST",
      "/v1/validate?rules_profile_id=default@latest",
      { rows: [row] },
    );
    const answer = await judged(tenant, row, "/v1/validate/row?rules_profile_id=default@latest");
    expect(answer).toEqual({ rules_profile_id: "default@1.0.0", valid: false, findings_total, findings });
    expect(findings_total).toBeGreaterThan(2);
    expect((await judged(tenant, { ...ROW, category: "CASA", status: "ATIVO" })).valid).toBe(true);
  });

  it("gives the corrected row, with what was not touched as it was sent", async () => {
    const tenant = await freshTenant();
    const { corrected, valid } = await judged(tenant, { ...ROW, extra: null }, `${PATH}&type=correction`);
    expect(corrected).toEqual({
      sku: "A1",
      title: "Caneta",
      price: "1234.50",
      stock: 3,
      category: "CASA",
      status: "ATIVO",
      extra: null,
    });
    // Of the row as it was sent.
    expect(valid).toBe(false);
  });

  it("judges by a profile of the tenant's own as it is then, each time", async () => {
    const tenant = await freshTenant();
    const rule = (max: number) => ({
      rules: [{ id: "m", field: "a", check: { type: "numeric_max", max }, severity: "error" }],
    });
    for (const [version, max] of [
      ["1.0.0", 5],
      ["1.1.0", 50],
    ] as const) {
      await tenant.json("PUT", `/v1/rules/own_rows@${version}`, rule(max));
      await tenant.json("POST", `/v1/rules/own_rows@${version}/publish`);
      const path = "/v1/validate/row?rules_profile_id=own_rows@latest";
      expect(await judged(tenant, { a: 9 }, path)).toMatchObject({
        rules_profile_id: `own_rows@${version}`,
        valid: max > 9,
      });
    }
    const other = await freshTenant();
    const path = "/v1/validate/row?rules_profile_id=own_rows@1.0.0";
    expect((await other.call("POST", path, { body: { row: { a: 9 } } })).status).toBe(404);
  });

  const refusals: readonly (readonly [string, Call, number, string])[] = [
    ["a row without cells", { body: { row: {} } }, 400, "validation_error"],
    ["cells that are none", { body: { row: { sku: [1] } } }, 400, "validation_error"],
    ["several rows", { body: { rows: [ROW] } }, 400, "validation_error"],
    [
      "too many cells",
      { body: { row: Object.fromEntries(Array.from({ length: 2_001 }, (_, n) => [`c${n}`, 1])) } },
      400,
      "validation_error",
    ],
    [
      "another media type",
      { headers: { "content-type": "text/csv" }, body: "sku\n1" },
      415,
      "unsupported_media_type",
    ],
    ["more than it takes", { body: { row: { a: "x".repeat(1024 ** 2) } } }, 413, "payload_too_large"],
  ];
  it.each(refusals)("refuses %s", async (_what, call, status, code) => {
    const tenant = await freshTenant();
    const response = await tenant.call("POST", PATH, call);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
  });

  it("refuses a profile that is not published, an unknown type and a token without the scope", async () => {
    const tenant = await freshTenant();
    const status = async (path: string, call: Call = {}) =>
      (await tenant.call("POST", path, { body: { row: ROW }, ...call })).status;
    expect(await status("/v1/validate/row?rules_profile_id=default@9.9.9")).toBe(404);
    expect(await status(`${PATH}&type=enrichment`)).toBe(400);
    expect(await status(PATH, { token: await tenantToken(tenant.id, "jobs:read") })).toBe(403);
  });
});
