import { describe, expect, it } from "vitest";
import { eventually, freshTenant, type TestTenant } from "../support/tenants";
import { tenantToken } from "../support/tokens";

const rules = (max: number) => ({
  rules: [{ id: "short", field: "title", check: { type: "length_max", max } }],
});

async function acme(): Promise<TestTenant> {
  const tenant = await freshTenant();
  await tenant.json("PUT", "/v1/rules/acme@1.0.0", rules(6));
  await tenant.json("POST", "/v1/rules/acme@1.0.0/publish");
  await tenant.json("PUT", "/v1/rules/acme@1.1.0", rules(4));
  return tenant;
}

async function done(
  tenant: TestTenant,
  text: string,
  channel = "acme",
): Promise<{ id: string; ref: string }> {
  const ref = await tenant.upload("a.csv", text);
  const body = { channel, type: "validation", file_ref: ref, rules_profile_id: `${channel}@latest` };
  const { id } = await tenant.json<{ id: string }>("POST", "/v1/jobs", body);
  await eventually(
    () => tenant.json<{ status: string }>("GET", `/v1/jobs/${id}`),
    ({ status }) => status === "succeeded",
  );
  return { id, ref };
}

const SHADOW = "/v1/rules/acme@1.1.0/shadow";

describe("POST /v1/rules/{id}/shadow", () => {
  it("tries a draft on the channel's recent files, and keeps nothing", async () => {
    const tenant = await acme();
    const first = await done(tenant, "title;price\nabcde;1\nabc;1\nabcdefg;1\n");
    const second = await done(tenant, "title;price\nabcdef;1\n");
    await done(tenant, "sku;title\nA1;abcdef\n", "default");
    const shadow = await tenant.json("POST", SHADOW);
    expect(shadow).toMatchObject({
      rules_profile_id: "acme@1.1.0",
      compared_with: "acme@1.0.0",
      rows: 4,
      becomes_error: 2,
      stops_being_error: 0,
      newly_failing: [
        {
          rule_id: "short",
          rows: 2,
          examples: [
            { job_id: second.id, row: 1, line: 2, field: "title", value: "abcdef" },
            { job_id: first.id, row: 1, line: 2, field: "title", value: "abcde" },
          ],
        },
      ],
      newly_passing: [],
      files: [
        { job_id: second.id, file_ref: second.ref, rows: 1, truncated: false, becomes_error: 1 },
        { job_id: first.id, file_ref: first.ref, rows: 3, truncated: false, becomes_error: 1 },
      ],
    });
    const one = await tenant.json<{ files: object[] }>("POST", SHADOW, { recent: 1 });
    expect(one.files).toMatchObject([{ job_id: second.id }]);
    const named = await tenant.json<{ files: object[] }>("POST", SHADOW, { jobs: [first.id] });
    expect(named.files).toMatchObject([{ job_id: first.id }]);
    expect(await tenant.json("GET", "/v1/rules/acme@1.1.0")).toMatchObject({ status: "draft" });
    expect(await tenant.json("GET", "/v1/jobs")).toMatchObject({ meta: { total: 3 } });
  });

  it("says of a file that is gone that it was not looked at, and tells nothing where there are none", async () => {
    const tenant = await acme();
    expect(await tenant.json("POST", SHADOW)).toMatchObject({ rows: 0, files: [] });
    const { id, ref } = await done(tenant, "title\nabcde\n");
    await tenant.call("DELETE", `/v1/files/${ref.split("/")[1]}`);
    expect(await tenant.json("POST", SHADOW, { jobs: [id] })).toMatchObject({
      rows: 0,
      files: [{ job_id: id, skipped: "not_there" }],
    });
    expect(await tenant.json("POST", SHADOW)).toMatchObject({ files: [] });
  });

  it("refuses what it cannot compare", async () => {
    const tenant = await acme();
    const other = await acme();
    const foreign = await done(other, "title\nabcde\n");
    const byDefault = await done(tenant, "sku;title\nA1;abcdef\n", "default");
    const statusOf = async (path: string, body: object) => (await tenant.call("POST", path, { body })).status;
    expect(await statusOf(SHADOW, { jobs: [foreign.id] })).toBe(404);
    expect(await statusOf(SHADOW, { jobs: [byDefault.id] })).toBe(400);
    expect(await statusOf(SHADOW, { jobs: [byDefault.id], recent: 1 })).toBe(400);
    expect(await statusOf(SHADOW, { recent: 6 })).toBe(400);
    expect(await statusOf("/v1/rules/acme@9.9.9/shadow", {})).toBe(404);
    await tenant.json("PUT", "/v1/rules/novo@1.0.0", rules(4));
    expect(await statusOf("/v1/rules/novo@1.0.0/shadow", {})).toBe(404);
    const token = await tenantToken(tenant.id, "rules:read");
    expect((await tenant.call("POST", SHADOW, { token })).status).toBe(403);
  });
});
