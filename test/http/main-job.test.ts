import { env, exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { eventually, freshTenant, type TestTenant } from "../support/tenants";

interface JobBody {
  id: string;
  status: string;
  counters: Record<string, number>;
  findings_total: number;
  output_ref: string | null;
  error: { code: string } | null;
  retry_of: string | null;
}

const CATALOGUE = [
  "sku,title,price,stock,category,status",
  "A1,Caneta,1.50,10,Home,active",
  "A2,Caderno,,5,Home,active",
  "A3, Lapis ,2.00,-1,Other,active",
  "A4,Borracha,3.00,7,Home,active",
  "",
].join("\n");

const submit = (tenant: TestTenant, fileRef: string, type: string) =>
  tenant.json<JobBody>("POST", "/v1/jobs", {
    channel: "default",
    type,
    file_ref: fileRef,
    rules_profile_id: "default@latest",
  });

const ended = (tenant: TestTenant, id: string) =>
  eventually(
    () => tenant.json<JobBody>("GET", `/v1/jobs/${id}`),
    ({ status }) => ["succeeded", "failed", "cancelled", "expired"].includes(status),
  );

async function run(tenant: TestTenant, filename: string, text: string, type: string): Promise<JobBody> {
  const job = await submit(tenant, await tenant.upload(filename, text), type);
  return ended(tenant, job.id);
}

async function fetched(tenant: TestTenant, jobId: string, query: string): Promise<string> {
  const { download_url: url } = await tenant.json<{ download_url: string }>(
    "GET",
    `/v1/jobs/${jobId}/download?${query}`,
  );
  const response = await exports.default.fetch(new Request(url));
  expect(response.status).toBe(200);
  return new TextDecoder().decode(await response.arrayBuffer());
}

async function eventTypes(tenant: TestTenant, jobId: string): Promise<string[]> {
  const { data } = await tenant.json<{ data: { type: string; subject: string; sequence: string }[] }>(
    "GET",
    "/v1/events?limit=100",
  );
  expect(data.map(({ sequence }) => Number(sequence))).toEqual(data.map((_event, index) => index + 1));
  return data.filter(({ subject }) => subject === `job:${jobId}`).map(({ type }) => type);
}

describe("the main job", () => {
  it("validates a file: exact counters, every finding, a report, no corrected file", async () => {
    const tenant = await freshTenant();
    const job = await run(tenant, "a.csv", CATALOGUE, "validation");
    expect(job).toMatchObject({ status: "succeeded", output_ref: null, error: null });
    expect(job.counters).toMatchObject({ total: 4, processed: 4, corrections: 0 });
    expect(job.counters.errors).toBeGreaterThan(0);

    const { data, meta } = await tenant.json<{ data: unknown[]; meta: { total: number } }>(
      "GET",
      `/v1/jobs/${job.id}/findings?limit=100`,
    );
    expect(meta.total).toBe(job.findings_total);
    expect(data).toHaveLength(job.findings_total);
    expect(data).toContainEqual(
      expect.objectContaining({ row: 2, line: 3, column: 3, field: "price", code: "PRICE_REQUIRED" }),
    );
    const ndjson = await fetched(tenant, job.id, "artifact=report&format=ndjson");
    expect(ndjson.trimEnd().split("\n")).toHaveLength(job.findings_total);
    expect(await eventTypes(tenant, job.id)).toEqual(["job.submitted", "job.started", "job.succeeded"]);
  });

  it("corrects a file: what was not touched keeps its bytes", async () => {
    const tenant = await freshTenant();
    const job = await run(tenant, "a.csv", CATALOGUE, "correction");
    expect(job.status).toBe("succeeded");
    const lines = (await fetched(tenant, job.id, "artifact=output")).split("\n");
    expect(lines[0]).toBe(CATALOGUE.split("\n")[0]);
    expect(lines[2]).toContain("A2,Caderno,,5,");
    expect(lines[1]).toContain("CASA");
    expect(job.counters.corrections).toBe(4);
  });

  it("pages through the findings without a gap or a repeat", async () => {
    const tenant = await freshTenant();
    const rows = Array.from({ length: 55 }, (_row, index) => `S${index},T,,1,Home,active`);
    const job = await run(
      tenant,
      "b.csv",
      ["sku,title,price,stock,category,status", ...rows].join("\n"),
      "validation",
    );
    const seen: unknown[] = [];
    let cursor: string | null = "0";
    while (cursor !== null) {
      const page: { data: unknown[]; meta: { next_cursor: string | null } } = await tenant.json(
        "GET",
        `/v1/jobs/${job.id}/findings?limit=20&cursor=${cursor}`,
      );
      seen.push(...page.data);
      cursor = page.meta.next_cursor;
    }
    expect(seen).toHaveLength(job.findings_total);
    expect(new Set(seen.map((finding) => JSON.stringify(finding))).size).toBe(seen.length);
    expect((await tenant.call("GET", `/v1/jobs/${job.id}/findings?cursor=5`)).status).toBe(400);
  });

  it.each([
    ["an empty file", "", "not_a_table"],
    ["a binary file", "\u0000\u0001\u0002\u0000\u0003".repeat(50), "not_a_table"],
  ])("fails over %s, which is no table", async (_name, text, code) => {
    const tenant = await freshTenant();
    const job = await run(tenant, "x.csv", text, "validation");
    expect(job).toMatchObject({ status: "failed", error: { code } });
    expect(await eventTypes(tenant, job.id)).toEqual(["job.submitted", "job.started", "job.failed"]);

    const retried = await tenant.json<JobBody>("POST", `/v1/jobs/${job.id}/retry`);
    expect(retried).toMatchObject({ status: "queued", retry_of: job.id });
    expect(retried.id).not.toBe(job.id);
    const cancel = await tenant.call("POST", `/v1/jobs/${job.id}/cancel`);
    expect(cancel.status).toBe(409);
    expect(await cancel.json()).toMatchObject({ code: "invalid_state_transition" });
  });

  it("projects job and events into the tenant's shard, and only there", async () => {
    const tenant = await freshTenant();
    const job = await run(tenant, "a.csv", CATALOGUE, "validation");
    const shards = [env.SHARD_0, env.SHARD_1, env.SHARD_2, env.SHARD_3];
    const rows = await eventually(
      () =>
        Promise.all(
          shards.map((db) =>
            db
              .prepare("SELECT status FROM jobs WHERE tenant_id = ? AND id = ?")
              .bind(tenant.id, job.id)
              .first(),
          ),
        ),
      (found) => found.some((row) => row?.status === "succeeded"),
    );
    expect(rows.filter((row) => row !== null)).toHaveLength(1);
  });

  it("lists newest first, filters, and pages stably under inserts", async () => {
    const tenant = await freshTenant({ overrides: { running_jobs: 0 } });
    const fileRef = await tenant.upload("a.csv", CATALOGUE);
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.unshift((await submit(tenant, fileRef, "validation")).id);
    type Page = { data: JobBody[]; meta: { total: number; next_cursor: string | null } };
    const first = await tenant.call("GET", "/v1/jobs?limit=2");
    const page = await first.json<Page>();
    expect(page.data.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    expect(page.meta).toMatchObject({ total: 5, next_cursor: ids[1] });
    expect(first.headers.get("link")).toContain('rel="next"');
    await submit(tenant, fileRef, "correction");
    const second = await tenant.json<Page>("GET", `/v1/jobs?limit=3&cursor=${page.meta.next_cursor}`);
    expect(second.data.map(({ id }) => id)).toEqual(ids.slice(2));
    expect(second.meta).toMatchObject({ next_cursor: null, total: 6 });
    expect((await tenant.json<Page>("GET", "/v1/jobs?type=correction")).meta.total).toBe(1);
    expect((await tenant.json<Page>("GET", "/v1/jobs?status=running")).meta.total).toBe(0);
    const future = new Date(Date.now() + 60_000).toISOString();
    expect((await tenant.json<Page>("GET", `/v1/jobs?created_after=${future}`)).data).toEqual([]);
    expect((await tenant.json<Page>("GET", `/v1/jobs?created_before=${future}`)).meta.total).toBe(6);
  });

  it("gives the first answer again to a repeated key, also when the job has moved on", async () => {
    const tenant = await freshTenant();
    const body = {
      channel: "default",
      type: "validation",
      file_ref: await tenant.upload("a.csv", CATALOGUE),
      rules_profile_id: "default@1.0.0",
      metadata: { order: [3, 1, 2] },
    };
    const post = () =>
      tenant.call("POST", "/v1/jobs", { body, headers: { "idempotency-key": "submit-once-000001" } });
    const first = await (await post()).json<JobBody>();
    await ended(tenant, first.id);
    const again = await post();
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(await again.json()).toEqual(first);
    expect((await tenant.json<{ meta: { total: number } }>("GET", "/v1/jobs")).meta.total).toBe(1);
  });

  it("hands the submitter's trace on to every event of the job", async () => {
    const tenant = await freshTenant();
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const fileRef = await tenant.upload("a.csv", CATALOGUE);
    const body = {
      channel: "default",
      type: "validation",
      file_ref: fileRef,
      rules_profile_id: "default@1.0.0",
    };
    const submitted = await tenant.call("POST", "/v1/jobs", { body, headers: { traceparent } });
    const { id } = await submitted.json<JobBody>();
    await ended(tenant, id);
    const { data } = await tenant.json<{ data: { subject: string; traceparent?: string }[] }>(
      "GET",
      "/v1/events",
    );
    const traces = data.filter(({ subject }) => subject === `job:${id}`).map((event) => event.traceparent);
    expect(traces).toEqual([traceparent, traceparent, traceparent]);
  });

  it("cancels a queued job once", async () => {
    const tenant = await freshTenant({ overrides: { running_jobs: 0 } });
    const job = await submit(tenant, await tenant.upload("a.csv", CATALOGUE), "validation");
    expect(await tenant.json("POST", `/v1/jobs/${job.id}/cancel`)).toMatchObject({ status: "cancelled" });
    expect((await tenant.call("POST", `/v1/jobs/${job.id}/cancel`)).status).toBe(409);
    expect(await eventTypes(tenant, job.id)).toEqual(["job.submitted", "job.cancelled"]);
  });
});
