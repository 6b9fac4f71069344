import { env, exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { freshTenant, type TestTenant } from "../support/tenants";

interface Announced {
  file_id: string;
  file_ref: string;
  upload_url: string;
}

const announce = (tenant: TestTenant, body: Record<string, unknown>) =>
  tenant.json<Announced>("POST", "/v1/uploads", { filename: "a b'ç.csv", ...body });

const send = (url: string, init: RequestInit) => exports.default.fetch(new Request(url, init));

const sha256 = async (text: string) =>
  Buffer.from(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).toString("hex");

async function downloadUrl(tenant: TestTenant): Promise<string> {
  const fileRef = await tenant.upload("x.csv", "sku,title,price\n1,,2\n");
  const { id } = await tenant.json<{ id: string }>("POST", "/v1/jobs", {
    channel: "default",
    type: "validation",
    file_ref: fileRef,
    rules_profile_id: "default@1.0.0",
  });
  for (;;) {
    const response = await tenant.call("GET", `/v1/jobs/${id}/download?artifact=report&format=ndjson`);
    if (response.status === 200) return (await response.json<{ download_url: string }>()).download_url;
    await response.body?.cancel();
    await scheduler.wait(25);
  }
}

describe("an upload's link", () => {
  it("takes exactly the announced bytes, once", async () => {
    const tenant = await freshTenant();
    const text = "sku\n1\n";
    const { upload_url: url, file_id: id, file_ref: ref } = await announce(tenant, { size: text.length });
    const put = await send(url, { method: "PUT", body: text });
    expect(put.headers.has("ratelimit")).toBe(true);
    expect(await put.json()).toEqual({ file_id: id, file_ref: ref, size: 6, sha256: await sha256(text) });
    expect(await (await send(url, { method: "PUT", body: text })).json()).toMatchObject({
      code: "already_uploaded",
    });
    expect(await tenant.json("GET", `/v1/files/${id}`)).toMatchObject({ status: "uploaded", size: 6 });
    expect((await tenant.call("DELETE", `/v1/files/${id}`)).status).toBe(204);
    expect((await tenant.call("GET", `/v1/files/${id}`)).status).toBe(404);
    expect((await env.FILES.list({ prefix: `${tenant.id}/` })).objects).toEqual([]);
    expect((await send(url, { method: "PUT", body: text })).status).toBe(404);
  });

  it.each([
    ["too short", "sku\n", "size_mismatch"],
    ["too long", "sku\n1\n2\n", "size_mismatch"],
    ["other bytes", "sku\n2\n", "digest_mismatch"],
  ])("stores nothing of %s, and takes the right bytes afterwards", async (_name, wrong, code) => {
    const tenant = await freshTenant();
    const text = "sku\n1\n";
    const { upload_url: url } = await announce(tenant, { size: text.length, sha256: await sha256(text) });
    const refused = await send(url, { method: "PUT", body: wrong });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ code });
    expect((await send(url, { method: "PUT", body: text })).status).toBe(200);
  });

  it("takes a stream of unknown length, and refuses one that is too long", async () => {
    const tenant = await freshTenant();
    const text = "sku\n1\n";
    const { upload_url: url } = await announce(tenant, { size: text.length });
    const stream = (parts: string[]) =>
      new ReadableStream<Uint8Array>({
        start(controller) {
          for (const part of parts) controller.enqueue(new TextEncoder().encode(part));
          controller.close();
        },
      });
    const refused = await send(url, { method: "PUT", body: stream([text, "2\n"]) });
    expect(await refused.json()).toMatchObject({ code: "size_mismatch" });
    expect((await send(url, { method: "PUT", body: stream(["sku\n", "1\n"]) })).status).toBe(200);
  });
});

describe("any edit of a link", () => {
  it("answers 403 with the same body", async () => {
    const tenant = await freshTenant();
    const url = await downloadUrl(tenant);
    const other = (await freshTenant()).id;
    const good = await send(url, { method: "GET" });
    expect(good.status).toBe(200);
    await good.body?.cancel();
    const signature = new URL(url).searchParams.get("signature") ?? "";
    const edits = [
      url.replace(tenant.id, other),
      url.replace(/expires=\d+/, "expires=9999999999"),
      url.replace("epoch=1", "epoch=2"),
      url.replace("report.ndjson?", "summary.json?"),
      url.replace("/jobs/", "/%6Aobs/"),
      url.replace("/jobs/", "//jobs/"),
      `${url}&x=1`,
      `${url}&signature=${signature}`,
      url.replace(signature, signature.slice(0, -1)),
      url.replace(signature, `${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`),
      url.replace(/&signature=.*/, ""),
      url.replace(/\?.*/, ""),
    ];
    const bodies = new Set<string>();
    for (const edited of edits) {
      const response = await send(edited, { method: "GET" });
      expect({ edited, status: response.status }).toMatchObject({ status: 403 });
      const {
        request_id: _id,
        timestamp: _time,
        instance: _instance,
        ...body
      } = await response.json<Record<string, unknown>>();
      bodies.add(JSON.stringify(body));
    }
    for (const method of ["PUT", "POST", "DELETE", "PATCH"]) {
      const response = await send(url, { method, ...(method === "PUT" && { body: "x" }) });
      expect({ method, status: response.status }).toEqual({ method, status: 403 });
    }
    expect([...bodies]).toHaveLength(1);
  });
});

describe("a download", () => {
  it("serves ranges, validators and HEAD, always as an attachment", async () => {
    const tenant = await freshTenant();
    const url = await downloadUrl(tenant);
    const whole = await send(url, { method: "GET" });
    const bytes = Buffer.from(await whole.arrayBuffer());
    const etag = whole.headers.get("etag") ?? "";
    expect(whole.headers.get("content-disposition")).toContain("attachment");
    expect(whole.headers.get("content-length")).toBe(String(bytes.length));

    const part = await send(url, { headers: { range: "bytes=2-5" } });
    expect(part.status).toBe(206);
    expect(part.headers.get("content-range")).toBe(`bytes 2-5/${bytes.length}`);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(2, 6));
    const suffix = await send(url, { headers: { range: "bytes=-4" } });
    expect(Buffer.from(await suffix.arrayBuffer())).toEqual(bytes.subarray(-4));
    const beyond = await send(url, { headers: { range: `bytes=${bytes.length}-` } });
    expect(beyond.status).toBe(416);
    expect(beyond.headers.get("content-range")).toBe(`bytes */${bytes.length}`);
    expect((await send(url, { headers: { "if-none-match": etag } })).status).toBe(304);
    expect((await send(url, { headers: { range: "bytes=0-1", "if-range": '"other"' } })).status).toBe(200);
    const head = await send(url, { method: "HEAD" });
    expect(head.status).toBe(200);
    expect(head.headers.get("etag")).toBe(etag);
    expect((await head.arrayBuffer()).byteLength).toBe(0);
  });
});
