import { describe, expect, it } from "vitest";
import { eventually, freshTenant, type Call, type TestTenant } from "../support/tenants";
import { tenantToken } from "../support/tokens";

const PATH = "/v1/header-mappings/default";
const CSV = "sku,Nome p/ loja,Quanto custa,estoque\nA1,,x,1\n";

interface Kept {
  readonly channel: string;
  readonly mappings: Readonly<Record<string, string>>;
  readonly updated_at: string;
}

const put = (tenant: TestTenant, mappings: object, path = PATH) =>
  tenant.json<Kept>("PUT", path, { mappings });

/** The fields with findings in a cell that the first row has. */
async function judged(tenant: TestTenant, call: Call, path: string): Promise<readonly unknown[]> {
  const response = await tenant.call("POST", path, call);
  const { findings } = await response.json<{
    findings: readonly { row: number; column: number | null; field: unknown }[];
  }>();
  return findings.filter(({ row, column }) => row === 1 && column !== null).map(({ field }) => field);
}

async function ofJob(tenant: TestTenant): Promise<{ status: string; columns: readonly object[] }> {
  const { id } = await tenant.json<{ id: string }>("POST", "/v1/jobs", {
    channel: "default",
    type: "validation",
    file_ref: await tenant.upload("a.csv", CSV),
    rules_profile_id: "default@1.0.0",
  });
  const job = () => tenant.json<{ status: string }>("GET", `/v1/jobs/${id}`);
  const { status } = await eventually(job, (it) => it.status === "succeeded" || it.status === "failed");
  const { reading } = await tenant.json<{ reading: { columns: readonly object[] } }>(
    "GET",
    `/v1/jobs/${id}/summary`,
  );
  return { status, columns: reading.columns };
}

describe("accepted labels", () => {
  it("decide how jobs, texts and rows of the tenant are read from then on, and of no other", async () => {
    const [tenant, other] = [await freshTenant(), await freshTenant()];
    const text = { headers: { "content-type": "text/csv" }, body: CSV };
    const row = { body: { row: { "Nome p/ loja": "", "Quanto custa": "x" } } };
    const query = "rules_profile_id=default@1.0.0";
    expect(await judged(tenant, text, `/v1/validate?${query}`)).not.toContain("title");
    await put(tenant, { "NOME P LOJA": "title", "Quanto custa": "price" });
    for (const [call, path] of [
      [text, `/v1/validate?${query}`],
      [row, `/v1/validate/row?${query}`],
    ] as const) {
      expect(await judged(tenant, call, path)).toEqual(expect.arrayContaining(["title", "price"]));
      expect(await judged(other, call, path)).not.toContain("title");
    }
    const { columns } = await ofJob(tenant);
    expect(columns).toMatchObject([
      { field: "sku", how: "name" },
      { label: "Nome p/ loja", field: "title", how: "memory" },
      { label: "Quanto custa", field: "price", how: "memory" },
      { field: "stock" },
    ]);
    expect((await ofJob(other)).columns).toMatchObject([{}, { field: null }, { field: null }, {}]);
  });

  it("are replaced, added to, taken out and forgotten", async () => {
    const tenant = await freshTenant();
    expect((await tenant.call("GET", PATH)).status).toBe(404);
    const kept = await put(tenant, { Nome: "title", Custo: "price" });
    expect(kept).toMatchObject({ channel: "default", mappings: { Nome: "title", Custo: "price" } });
    expect(await tenant.json("GET", PATH)).toEqual(kept);
    const patched = await tenant.json<Kept>("PATCH", PATH, {
      mappings: { NOMÉ: "sku", custo: null, none: null, Qtd: "stock" },
    });
    expect(patched.mappings).toEqual({ NOMÉ: "sku", Qtd: "stock" });
    expect((await put(tenant, { A: "b" })).mappings).toEqual({ A: "b" });
    expect((await tenant.call("DELETE", PATH)).status).toBe(204);
    expect((await tenant.call("DELETE", PATH)).status).toBe(404);
    expect((await tenant.call("GET", PATH)).status).toBe(404);
  });

  it("belong to a channel by its own name, and to one tenant", async () => {
    const [tenant, other] = [await freshTenant(), await freshTenant()];
    expect((await put(tenant, { Nome: "title" }, "/v1/header-mappings/ml")).channel).toBe("mercado_livre");
    expect((await tenant.call("GET", "/v1/header-mappings/mercado_livre")).status).toBe(200);
    expect((await other.call("GET", "/v1/header-mappings/mercado_livre")).status).toBe(404);
  });

  it("are bounded: a thousand a channel, fifty channels", async () => {
    const tenant = await freshTenant();
    const many = (from: number, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`l${from + n}`, "title"]));
    await put(tenant, many(0, 1_000));
    const more = await tenant.call("PATCH", PATH, { body: { mappings: many(1_000, 1) } });
    expect(more.status).toBe(429);
    expect(await more.json()).toMatchObject({ code: "quota_exceeded" });
    expect(Object.keys((await tenant.json<Kept>("GET", PATH)).mappings)).toHaveLength(1_000);
    for (let n = 0; n < 49; n++) await put(tenant, { a: "b" }, `/v1/header-mappings/ch_${n}`);
    const body = { mappings: { a: "b" } };
    expect((await tenant.call("PUT", "/v1/header-mappings/ch_49", { body })).status).toBe(429);
    expect((await tenant.call("PUT", "/v1/header-mappings/ch_48", { body })).status).toBe(200);
  });

  it.each([
    ["a label without a letter", PATH, { mappings: { " - ": "title" } }],
    ["labels that are read as one", PATH, { mappings: { Preço: "price", PRECO: "stock" } }],
    ["a field that is no text", PATH, { mappings: { a: 1 } }],
    ["null in what replaces", PATH, { mappings: { a: null } }],
    [
      "too many",
      PATH,
      { mappings: Object.fromEntries(Array.from({ length: 1_001 }, (_, n) => [`l${n}`, "a"])) },
    ],
    ["no mappings", PATH, {}],
    ["what can be no channel", "/v1/header-mappings/A-B", { mappings: { a: "b" } }],
  ])("refuse %s", async (_what, path, body) => {
    const tenant = await freshTenant();
    const response = await tenant.call("PUT", path, { body });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: "validation_error" });
  });

  it("are read and written by those who may", async () => {
    const tenant = await freshTenant();
    const [reader, writer] = [
      await tenantToken(tenant.id, "rules:read"),
      await tenantToken(tenant.id, "rules:write"),
    ];
    const body = { mappings: { a: "b" } };
    expect((await tenant.call("PUT", PATH, { body, token: reader })).status).toBe(403);
    expect((await tenant.call("PATCH", PATH, { body, token: reader })).status).toBe(403);
    expect((await tenant.call("PUT", PATH, { body, token: writer })).status).toBe(200);
    expect((await tenant.call("GET", PATH, { token: writer })).status).toBe(403);
    expect((await tenant.call("DELETE", PATH, { token: reader })).status).toBe(403);
    expect((await tenant.call("GET", PATH, { token: reader })).status).toBe(200);
  });
});
