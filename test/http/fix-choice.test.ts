import { describe, expect, it } from "vitest";
import { eventually, freshTenant, type TestTenant } from "../support/tenants";

const CSV = 'price,title\n"1,50", Caneta \n"2,50",Lapis\n';
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

async function acme(): Promise<TestTenant> {
  const tenant = await freshTenant();
  await tenant.json("PUT", "/v1/rules/acme@1.0.0", PROFILE);
  await tenant.json("POST", "/v1/rules/acme@1.0.0/publish");
  return tenant;
}

const asked = async (tenant: TestTenant, more: object, text = CSV) => ({
  channel: "acme",
  type: "correction",
  file_ref: await tenant.upload("a.csv", text),
  rules_profile_id: "acme@latest",
  ...more,
});

interface JobBody {
  id: string;
  status: string;
  fixes: object | null;
  counters: object;
}

const ended = (tenant: TestTenant, id: string) =>
  eventually(
    () => tenant.json<JobBody>("GET", `/v1/jobs/${id}`),
    ({ status }) => status === "succeeded" || status === "failed",
  );

async function outputOf(tenant: TestTenant, id: string): Promise<string> {
  const link = await tenant.json<{ download_url: string }>("GET", `/v1/jobs/${id}/download`);
  const { pathname, search } = new URL(link.download_url);
  return (await tenant.call("GET", pathname + search)).text();
}

describe("fixes of a job", () => {
  it("applies those that are accepted, and offers the others", async () => {
    const tenant = await acme();
    const body = await asked(tenant, { fixes: { accept: ["price"] } });
    const { id, fixes } = await tenant.json<JobBody>("POST", "/v1/jobs", body);
    expect(fixes).toEqual({ accept: ["price"] });
    const job = await ended(tenant, id);
    expect(job).toMatchObject({
      status: "succeeded",
      fixes: { accept: ["price"] },
      counters: { corrections: 2 },
    });
    expect(await outputOf(tenant, id)).toBe('price,title\n"1.50", Caneta \n"2.50",Lapis\n');
    const { data } = await tenant.json<{ data: { rule_id: string; fix: { applied: boolean } }[] }>(
      "GET",
      `/v1/jobs/${id}/findings`,
    );
    expect(data.map(({ rule_id, fix }) => [rule_id, fix.applied])).toEqual([
      ["price", true],
      ["title", false],
      ["price", true],
    ]);
    const events = await tenant.json<{ data: { data: object }[] }>("GET", "/v1/events?type=job.submitted");
    expect(events.data[0]?.data).toMatchObject({ job_id: id, fixes: { accept: ["price"] } });
  });

  it("stay with the request: null where none were sent, the same in a retry", async () => {
    const tenant = await acme();
    const plain = await tenant.json<JobBody>("POST", "/v1/jobs", await asked(tenant, {}));
    expect(plain.fixes).toBeNull();
    const body = await asked(tenant, { fixes: { reject: ["title"] } }, "\0\0\0\0");
    const { id } = await tenant.json<JobBody>("POST", "/v1/jobs", body);
    expect(await ended(tenant, id)).toMatchObject({ status: "failed" });
    const again = await tenant.json<JobBody>("POST", `/v1/jobs/${id}/retry`);
    expect(again.fixes).toEqual({ reject: ["title"] });
  });

  it("count among the payload of an Idempotency-Key", async () => {
    const tenant = await acme();
    const headers = { "idempotency-key": "order-2026-11-0001" };
    const body = await asked(tenant, { fixes: { accept: [] } });
    const post = (sent: object) => tenant.call("POST", "/v1/jobs", { headers, body: sent });
    const first = await post(body);
    const again = await post(body);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(await again.json()).toEqual(await first.json());
    expect((await post({ ...body, fixes: { accept: ["price"] } })).status).toBe(409);
  });

  it.each([
    [
      { fixes: { accept: ["price", "weight"], reject: ["colour"] } },
      /acme@1\.0\.0 has no rule weight, colour\./,
    ],
    [{ fixes: { accept: ["price"], reject: ["price"] } }, /both accepted and rejected/],
    [{ type: "validation", fixes: { accept: ["price"] } }, /applies no fixes/],
    [{ fixes: { only: ["price"] } }, /only/],
    [{ fixes: { accept: ["x".repeat(101)] } }, /accept\.0/],
    [
      { rules_profile_id: "default@latest", fixes: { reject: ["no_such"] } },
      /default@1\.0\.0 has no rule no_such/,
    ],
  ])("are refused where they make no sense: %j", async (more, detail) => {
    const tenant = await acme();
    const response = await tenant.call("POST", "/v1/jobs", { body: await asked(tenant, more) });
    expect(response.status).toBe(400);
    const problem = await response.json<{ code: string; detail: string }>();
    expect(problem.code).toBe("validation_error");
    expect(problem.detail).toMatch(detail);
    expect(await tenant.json("GET", "/v1/jobs")).toMatchObject({ meta: { total: 0 } });
  });
});
