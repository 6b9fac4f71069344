import { createHash } from "node:crypto";
import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { ENGINE_VERSION } from "../../src/catalogue/engine-version";
import { eventually, freshTenant, type TestTenant } from "../support/tenants";

const CATALOGUE =
  "sku,title,price,stock,category,status\nA1,=1+1,x,-1,Home,active\nA2,Caderno,,5,Home,active\n";

interface JobBody {
  readonly id: string;
  readonly status: string;
  readonly findings_total: number;
  readonly report_digest: string | null;
}

async function ran(tenant: TestTenant, type = "validation"): Promise<JobBody> {
  const job = await tenant.json<JobBody>("POST", "/v1/jobs", {
    channel: "default",
    type,
    file_ref: await tenant.upload("catálogo.csv", CATALOGUE),
    rules_profile_id: "default@latest",
  });
  return eventually(
    () => tenant.json<JobBody>("GET", `/v1/jobs/${job.id}`),
    ({ status }) => status === "succeeded",
  );
}

async function fetched(tenant: TestTenant, id: string, query: string, init: RequestInit = {}) {
  const path = `/v1/jobs/${id}/download?artifact=report&${query}`;
  const { download_url: url } = await tenant.json<{ download_url: string }>("GET", path);
  return exports.default.fetch(new Request(url, init));
}

describe("a job's report", () => {
  it("is digested: the same bytes and profile have the same digest, and it is in job, event and summary", async () => {
    const tenant = await freshTenant();
    const [one, two] = [await ran(tenant), await ran(tenant)];
    const ndjson = await (await fetched(tenant, one.id, "format=ndjson")).text();
    expect(one.report_digest).toBe(`sha256:${createHash("sha256").update(ndjson).digest("hex")}`);
    expect(two.report_digest).toBe(one.report_digest);
    const summary = await tenant.json("GET", `/v1/jobs/${one.id}/summary`);
    expect(summary).toMatchObject({
      engine_version: ENGINE_VERSION,
      job_id: one.id,
      report_digest: one.report_digest,
      findings_total: one.findings_total,
    });
    const { data } = await tenant.json<{ data: { data: object }[] }>("GET", "/v1/events?type=job.succeeded");
    expect(data.map((event) => event.data)).toMatchObject([
      { job_id: one.id, report_digest: one.report_digest },
      { job_id: two.id, report_digest: one.report_digest },
    ]);
  });

  it("is one object with its summary beside it, whatever forms it is fetched in", async () => {
    const tenant = await freshTenant();
    const { id } = await ran(tenant);
    const json = await fetched(tenant, id, "format=json");
    expect(json.headers.get("content-type")).toBe("application/json");
    expect(json.headers.get("accept-ranges")).toBe("bytes");
    expect(await json.json()).toEqual(await tenant.json("GET", `/v1/jobs/${id}/summary`));
  });

  it.each([
    ["csv", "text/csv; charset=utf-8", "attachment", "report.csv", /^row,line,/],
    ["excel", "text/csv; charset=utf-8", "attachment", "report-excel.csv", /^\uFEFFrow;line;/],
    ["html", "text/html; charset=utf-8", "inline", "report.html", /^<!doctype html>/],
  ])("is rendered as %s, whole", async (format, type, disposition, name, beginning) => {
    const tenant = await freshTenant();
    const { id } = await ran(tenant);
    const whole = await fetched(tenant, id, `format=${format}`);
    expect(whole.status).toBe(200);
    expect(whole.headers.get("content-type")).toBe(type);
    expect(whole.headers.get("accept-ranges")).toBe("none");
    expect(whole.headers.get("x-content-type-options")).toBe("nosniff");
    expect(whole.headers.get("content-disposition")).toBe(
      `${disposition}; filename*=UTF-8''validation-${id}-${name}`,
    );
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await whole.arrayBuffer());
    expect(text).toMatch(beginning);
    const etag = whole.headers.get("etag") ?? "";
    expect(etag).toMatch(/^"[^"]+"$/);

    const ranged = await fetched(tenant, id, `format=${format}`, { headers: { range: "bytes=0-3" } });
    expect(ranged.status).toBe(200);
    expect((await ranged.arrayBuffer()).byteLength).toBe(new TextEncoder().encode(text).length);
    const known = await fetched(tenant, id, `format=${format}`, { headers: { "if-none-match": etag } });
    expect([known.status, await known.text()]).toEqual([304, ""]);
    const head = await fetched(tenant, id, `format=${format}`, { method: "HEAD" });
    expect([head.status, head.headers.get("etag"), await head.text()]).toEqual([200, etag, ""]);
  });

  it("runs nothing, neither in a spreadsheet nor in a browser", async () => {
    const tenant = await freshTenant();
    const { id } = await ran(tenant);
    for (const [format, delimiter] of [
      ["csv", ","],
      ["excel", ";"],
    ])
      expect(await (await fetched(tenant, id, `format=${format}`)).text()).not.toMatch(
        new RegExp(`(^|\n|${delimiter})"?=`),
      );
    const page = await fetched(tenant, id, "format=html");
    expect(page.headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; style-src 'unsafe-inline'; .*sandbox/,
    );
    expect(page.headers.get("referrer-policy")).toBe("no-referrer");
    await page.body?.cancel();
  });

  it.each([
    ["", "Relatório do catálogo"],
    ["&lang=en", "Catalogue report"],
    ["&lang=es", "Informe del catálogo"],
  ])("is a page in the language asked for (%s)", async (lang, title) => {
    const tenant = await freshTenant();
    const { id } = await ran(tenant);
    const page = await (await fetched(tenant, id, `format=html${lang}`)).text();
    expect(page).toContain(title);
    expect(page).toContain("catálogo.csv");
  });

  it.each([
    "format=xml",
    "format=pdf",
    "format=html&lang=de",
    "artifact=output&format=html",
    "artifact=output&format=json",
  ])("is not to be had with %s", async (query) => {
    const tenant = await freshTenant();
    const { id } = await ran(tenant, "correction");
    const artifact = query.startsWith("artifact") ? "" : "artifact=report&";
    const refused = await tenant.call("GET", `/v1/jobs/${id}/download?${artifact}${query}`);
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ code: "validation_error" });
  });

  it("has no summary before the job has succeeded", async () => {
    const tenant = await freshTenant({ overrides: { running_jobs: 0 } });
    const { id } = await tenant.json<JobBody>("POST", "/v1/jobs", {
      channel: "default",
      type: "validation",
      file_ref: await tenant.upload("a.csv", CATALOGUE),
      rules_profile_id: "default@latest",
    });
    for (const job of [id, "0192f0c1-2a3b-7c4d-8e5f-0123456789ab"]) {
      const refused = await tenant.call("GET", `/v1/jobs/${job}/summary`);
      expect(refused.status).toBe(404);
      expect(await refused.json()).toMatchObject({ code: "not_found" });
    }
    expect((await tenant.json<JobBody>("GET", `/v1/jobs/${id}`)).report_digest).toBeNull();
  });
});
