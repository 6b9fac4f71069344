import { describe, expect, it } from "vitest";
import { eventually, freshTenant, type TestTenant } from "../support/tenants";

const CSV = 'title;price\n Caneta azul ;"1,50"\nLapis;2.00\n';
const rule = (id: string, field: string, check: object, fix?: object) => ({
  id,
  field,
  check,
  ...(fix && { fix }),
});
const PRICE = rule("price", "price", { type: "decimal" }, { type: "normalize_decimal" });
const TITLE = rule("title", "title", { type: "normalized", trim: true }, { type: "normalize", trim: true });

interface JobBody {
  id: string;
  channel: string;
  status: string;
  rules_profile_id: string;
  batch_id: string | null;
  fixes: object | null;
  counters: { corrections: number; total: number };
}
interface BatchBody {
  id: string;
  jobs: JobBody[];
  conflicts: object[];
  conflicts_total: number;
}

async function shop(): Promise<TestTenant> {
  const tenant = await freshTenant();
  const publish = async (id: string, rules: object[]) => {
    await tenant.json("PUT", `/v1/rules/${id}`, { rules });
    await tenant.json("POST", `/v1/rules/${id}/publish`);
  };
  await publish("loja_a@1.0.0", [PRICE, TITLE, rule("short", "title", { type: "length_max", max: 20 })]);
  await publish("loja_b@2.0.0", [TITLE, rule("long", "title", { type: "length_min", min: 30 })]);
  return tenant;
}

const TARGETS = [
  { rules_profile_id: "loja_a@latest", fixes: { reject: ["title"] } },
  { rules_profile_id: "loja_b@latest" },
];

const asked = async (tenant: TestTenant, more: object = {}) => ({
  type: "correction",
  file_ref: await tenant.upload("a.csv", CSV),
  targets: TARGETS,
  ...more,
});

async function outputOf(tenant: TestTenant, id: string): Promise<string> {
  const link = await tenant.json<{ download_url: string }>("GET", `/v1/jobs/${id}/download`);
  const { pathname, search } = new URL(link.download_url);
  return (await tenant.call("GET", pathname + search)).text();
}

describe("POST /v1/jobs/batch", () => {
  it("makes a job for each channel: a report and a corrected file of its own", async () => {
    const tenant = await shop();
    const made = await tenant.json<BatchBody>(
      "POST",
      "/v1/jobs/batch",
      await asked(tenant, { seller_id: "s1" }),
    );
    expect(made.jobs).toMatchObject([
      {
        channel: "loja_a",
        rules_profile_id: "loja_a@1.0.0",
        batch_id: made.id,
        seller_id: "s1",
        fixes: { reject: ["title"] },
      },
      {
        channel: "loja_b",
        rules_profile_id: "loja_b@2.0.0",
        batch_id: made.id,
        seller_id: "s1",
        fixes: null,
      },
    ]);
    const done = await eventually(
      () => tenant.json<BatchBody>("GET", `/v1/jobs/batch/${made.id}`),
      ({ jobs }) => jobs.every(({ status }) => status === "succeeded"),
    );
    expect(done.jobs.map(({ counters }) => counters)).toMatchObject([
      { total: 2, corrections: 1 },
      { total: 2, corrections: 1 },
    ]);
    const [first, second] = await Promise.all(done.jobs.map(({ id }) => outputOf(tenant, id)));
    expect(first).toBe('title;price\n Caneta azul ;"1.50"\nLapis;2.00\n');
    expect(second).toBe('title;price\nCaneta azul;"1,50"\nLapis;2.00\n');
    const { data } = await tenant.json<{ data: { data: object }[] }>("GET", "/v1/events?type=job.submitted");
    expect(data.map((event) => event.data)).toMatchObject([{ batch_id: made.id }, { batch_id: made.id }]);
  });

  it("says where the channels conflict, when it is made and afterwards", async () => {
    const tenant = await shop();
    const made = await tenant.json<BatchBody>("POST", "/v1/jobs/batch", await asked(tenant));
    expect(made.conflicts).toEqual([
      {
        kind: "bounds",
        level: "impossible",
        field: "title",
        rules: [
          { rules_profile_id: "loja_a@1.0.0", rule_id: "short" },
          { rules_profile_id: "loja_b@2.0.0", rule_id: "long" },
        ],
        text: "title: loja_a@1.0.0 asks for characters: at most 20, loja_b@2.0.0 for at least 30",
      },
    ]);
    expect(made.conflicts_total).toBe(1);
    await tenant.json("POST", "/v1/rules/loja_b@2.0.0/deprecate", { reason: "old" });
    const later = await tenant.json<BatchBody>("GET", `/v1/jobs/batch/${made.id}`);
    expect(later.conflicts).toEqual(made.conflicts);
  });

  it.each([
    [
      { targets: [TARGETS[0], { rules_profile_id: "loja_c@latest" }] },
      404,
      /^targets\.1\.rules_profile_id: No published/,
    ],
    [
      { targets: [TARGETS[1], { rules_profile_id: "loja_a@latest", fixes: { accept: ["no"] } }] },
      400,
      /^targets\.1\.fixes: loja_a@1\.0\.0 has no rule no/,
    ],
    [{ targets: [] }, 400, /targets/],
    [{ targets: Array.from({ length: 9 }, () => TARGETS[1]) }, 400, /targets/],
    [{ targets: [{ rules_profile_id: "nonsense" }] }, 400, /^targets\.0\.rules_profile_id/],
    [{ targets: [{ ...TARGETS[1], channel: "!" }] }, 400, /^targets\.0\.channel/],
    [{ type: "validation" }, 400, /applies no fixes/],
    [{ file_ref: "files/0199b0e4-2b00-7c3d-9b7a-4e1f00000002/a.csv" }, 404, /No upload/],
  ])("makes all jobs or none: %j", async (more, status, detail) => {
    const tenant = await shop();
    const response = await tenant.call("POST", "/v1/jobs/batch", { body: await asked(tenant, more) });
    expect(response.status).toBe(status);
    expect((await response.json<{ detail: string }>()).detail).toMatch(detail);
    expect(await tenant.json("GET", "/v1/jobs")).toMatchObject({ meta: { total: 0 } });
  });

  it("answers the same key with the first answer, and makes nothing again", async () => {
    const tenant = await shop();
    const headers = { "idempotency-key": "batch-2026-11-0001" };
    const body = await asked(tenant);
    const post = (sent: object) => tenant.call("POST", "/v1/jobs/batch", { headers, body: sent });
    const first = await post(body);
    expect(first.status).toBe(201);
    const again = await post(body);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(await again.json()).toEqual(await first.json());
    expect((await post({ ...body, targets: [TARGETS[0]] })).status).toBe(409);
    expect(await tenant.json("GET", "/v1/jobs")).toMatchObject({ meta: { total: 2 } });
  });

  it("is not known to another tenant, nor by a job that is not its first, nor by a job without one", async () => {
    const tenant = await shop();
    const other = await shop();
    const made = await tenant.json<BatchBody>("POST", "/v1/jobs/batch", await asked(tenant));
    const alone = await tenant.json<JobBody>("POST", "/v1/jobs", {
      channel: "loja_a",
      type: "validation",
      file_ref: await tenant.upload("b.csv", CSV),
      rules_profile_id: "loja_a@latest",
    });
    expect(alone.batch_id).toBeNull();
    const statusOf = async (of: TestTenant, id: string) =>
      (await of.call("GET", `/v1/jobs/batch/${id}`)).status;
    expect(await statusOf(tenant, made.id)).toBe(200);
    expect(await statusOf(other, made.id)).toBe(404);
    expect(await statusOf(tenant, made.jobs[1]?.id ?? "")).toBe(404);
    expect(await statusOf(tenant, alone.id)).toBe(404);
  });
});
