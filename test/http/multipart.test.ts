import { env } from "cloudflare:workers";
import { createHash } from "node:crypto";
import { sealedSize } from "../../src/crypto/file-codec";
import { describe, expect, it } from "vitest";
import { announce, LARGE_FILE_BYTES, send, urlOf, type Announced } from "../support/multipart";
import { freshTenant, type TestTenant } from "../support/tenants";

const MiB = 1024 ** 2;
const PART_BYTES = 32 * MiB;

interface Part {
  part_number: number;
  etag: string;
}

const post = (url: string, body?: unknown) =>
  send(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });

async function problem(response: Response) {
  const body = await response.json<{ code: string; details: unknown }>();
  return { status: response.status, code: body.code, details: body.details };
}

const refusal = (status: number, code: string) => expect.objectContaining({ status, code });

/** A header and the same row over and over, made once: 64 MiB and seven bytes. */
const CSV = Buffer.concat([Buffer.from("sku,ti\n"), Buffer.alloc(64 * MiB, "AB-1,Caneta azul\n")]);
const bytesOf = (partNumber: number) => CSV.subarray((partNumber - 1) * PART_BYTES, partNumber * PART_BYTES);
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

async function putPart(announced: Announced, partNumber: number, bytes = bytesOf(partNumber)): Promise<Part> {
  const response = await send(urlOf(announced, partNumber), { method: "PUT", body: bytes });
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  await response.body?.cancel();
  return { part_number: partNumber, etag: response.headers.get("etag") ?? "" };
}

/** The R2 upload behind the links. */
function uploadOf(tenant: TestTenant, announced: Announced): R2MultipartUpload {
  const uploadId = new URL(announced.abort_url).searchParams.get("upload") ?? "";
  return env.FILES.resumeMultipartUpload(`${tenant.id}/${announced.file_ref}`, uploadId);
}

describe("an upload above 64 MiB", () => {
  it("comes in parts, of which the last of each number counts, and becomes one file once", async () => {
    const tenant = await freshTenant();
    const announced = await announce(tenant, { sha256: sha256(CSV) });
    expect(Object.keys(announced)).toEqual([
      "file_id",
      "file_ref",
      "part_size",
      "parts",
      "complete_url",
      "abort_url",
      "expires_at",
    ]);
    expect(announced.part_size).toBe(PART_BYTES);
    expect(announced.parts.map(({ part_number }) => part_number)).toEqual([1, 2, 3]);

    const former = await putPart(announced, 3, Buffer.alloc(7));
    const [first, second] = await Promise.all([putPart(announced, 1), putPart(announced, 2)]);
    const last = await send(urlOf(announced, 3), { method: "PUT", body: bytesOf(3) });
    expect(last.headers.has("ratelimit")).toBe(true);
    const third = await last.json<Part & { size: number }>();
    expect(third).toEqual({ part_number: 3, etag: third.etag, size: 7 });
    expect(last.headers.get("etag")).toBe(`"${third.etag}"`);

    const stale = await post(announced.complete_url, { parts: [first, second, former] });
    expect(await problem(stale)).toEqual(refusal(400, "validation_error"));
    expect(await tenant.json("GET", `/v1/files/${announced.file_id}`)).toMatchObject({
      status: "awaiting_upload",
    });
    const parts = [{ part_number: 3, etag: third.etag }, first, second];
    const done = await post(announced.complete_url, { parts });
    expect(done.headers.has("ratelimit")).toBe(true);
    expect(await done.json()).toEqual({
      file_id: announced.file_id,
      file_ref: announced.file_ref,
      size: LARGE_FILE_BYTES,
      sha256: sha256(CSV),
    });

    for (const again of [
      await post(announced.complete_url, { parts }),
      await post(announced.abort_url),
      await send(urlOf(announced, 3), { method: "PUT", body: bytesOf(3) }),
    ])
      expect(await problem(again)).toEqual(refusal(409, "already_uploaded"));
    expect(await tenant.json("GET", `/v1/files/${announced.file_id}`)).toMatchObject({
      status: "uploaded",
      size: LARGE_FILE_BYTES,
    });
    expect((await env.FILES.head(`${tenant.id}/${announced.file_ref}`))?.size).toBe(
      sealedSize(LARGE_FILE_BYTES),
    );
    const events = await tenant.json<{ data: { type: string }[] }>("GET", "/v1/events?type=file.uploaded");
    expect(events.data).toHaveLength(1);
  });

  it("is completed by a repeat after a crash between R2 and the tenant's object", async () => {
    const tenant = await freshTenant();
    const announced = await announce(tenant);
    const parts = await Promise.all([1, 2, 3].map((number) => putPart(announced, number)));
    await uploadOf(tenant, announced).complete(
      parts.map(({ part_number, etag }) => ({ partNumber: part_number, etag: etag.slice(1, -1) })),
    );
    const done = await post(announced.complete_url, { parts });
    expect(await done.json()).toMatchObject({ size: LARGE_FILE_BYTES, sha256: sha256(CSV) });
    expect(await problem(await post(announced.complete_url, { parts }))).toEqual(
      refusal(409, "already_uploaded"),
    );
  });

  it("of other bytes than announced is refused whole and leaves nothing", async () => {
    const tenant = await freshTenant();
    const announced = await announce(tenant, { sha256: "0".repeat(64) });
    const parts = await Promise.all([1, 2, 3].map((number) => putPart(announced, number)));
    const refused = await post(announced.complete_url, { parts });
    expect(await problem(refused)).toEqual(refusal(400, "digest_mismatch"));
    expect((await env.FILES.list({ prefix: `${tenant.id}/` })).objects).toEqual([]);
    expect(await problem(await post(announced.complete_url, { parts }))).toEqual(
      refusal(404, "file_not_found"),
    );
  });

  it("stores nothing of a part of another size", async () => {
    const announced = await announce(await freshTenant());
    for (const body of ["", "123456", "12345678"])
      expect(await problem(await send(urlOf(announced, 3), { method: "PUT", body }))).toEqual(
        refusal(400, "size_mismatch"),
      );
    await putPart(announced, 3);
  });

  it.each([
    ["a part left out", [1, 3], ["Missing: 2."]],
    ["a part named twice", [1, 2, 3, 3], ["Named more than once: 3."]],
    ["a part too many", [1, 2, 3, 4], ["Not of this upload: 4."]],
  ])("answers 400 to a list with %s, and says which", async (_name, numbers, faults) => {
    const announced = await announce(await freshTenant());
    const parts = numbers.map((part_number) => ({ part_number, etag: "x" }));
    const refused = await post(announced.complete_url, { parts });
    expect(refused.headers.has("ratelimit")).toBe(false);
    expect(await problem(refused)).toEqual({
      status: 400,
      code: "validation_error",
      details: { field_errors: { parts: faults } },
    });
  });

  it.each([
    [undefined, 400, "malformed_json"],
    [{}, 400, "validation_error"],
    [{ parts: [] }, 400, "validation_error"],
    [{ parts: [{ part_number: 0, etag: "x" }] }, 400, "validation_error"],
    [{ parts: [{ part_number: 1, etag: '"x' }] }, 400, "validation_error"],
    [{ parts: [{ part_number: 1, etag: '""' }] }, 400, "validation_error"],
    [{ parts: [{ part_number: 1, etag: "x", size: 1 }] }, 400, "validation_error"],
    [{ parts: [1, 2, 3].map((part_number) => ({ part_number, etag: "x" })) }, 400, "validation_error"],
  ])("answers %j with %i %s", async (body, status, code) => {
    const announced = await announce(await freshTenant());
    expect(await problem(await post(announced.complete_url, body))).toEqual(refusal(status, code));
  });

  it("is over once aborted, or once its file is deleted", async () => {
    const tenant = await freshTenant();
    const aborted = await announce(tenant);
    const deleted = await announce(tenant);
    const etag = (await putPart(aborted, 3)).etag;
    for (let times = 0; times < 2; times++) expect((await post(aborted.abort_url)).status).toBe(204);
    expect((await tenant.call("DELETE", `/v1/files/${deleted.file_id}`)).status).toBe(204);
    const parts = [1, 2, 3].map((part_number) => ({ part_number, etag }));
    for (const { parts: urls, complete_url } of [aborted, deleted])
      for (const answer of [
        await send(urls[2]?.upload_url ?? "", { method: "PUT", body: bytesOf(3) }),
        await post(complete_url, { parts }),
      ])
        expect(await problem(answer)).toEqual(refusal(404, "file_not_found"));
    expect(await problem(await post(deleted.abort_url))).toEqual(refusal(404, "file_not_found"));
  });

  it("is announced once per idempotency key: the repeat has the same links, and they work", async () => {
    const tenant = await freshTenant();
    const ask = (size: number) =>
      tenant.call("POST", "/v1/uploads", {
        body: { filename: "a.csv", size },
        headers: { "idempotency-key": "a-key-of-sixteen-or-more" },
      });
    const first = await (await ask(LARGE_FILE_BYTES)).json<Announced>();
    const repeated = await ask(LARGE_FILE_BYTES);
    expect(repeated.headers.get("idempotent-replayed")).toBe("true");
    expect(repeated.headers.get("location")).toBe(`/v1/files/${first.file_id}`);
    expect(await repeated.json()).toEqual(first);
    expect(await problem(await ask(LARGE_FILE_BYTES + 1))).toEqual(refusal(409, "idempotency_conflict"));
    await putPart(first, 3);
  });

  it("is refused where the tenant's largest file is smaller, or no file is that large", async () => {
    const small = await freshTenant({ tier: "basic" });
    const large = await freshTenant();
    for (const [tenant, size] of [
      [small, LARGE_FILE_BYTES],
      [large, Number.MAX_SAFE_INTEGER],
    ] as const)
      expect(
        await problem(await tenant.call("POST", "/v1/uploads", { body: { filename: "a.csv", size } })),
      ).toEqual(refusal(413, "payload_too_large"));
  });

  it("is one PUT up to 64 MiB", async () => {
    const announced = await announce(await freshTenant(), { size: 64 * MiB });
    expect(announced).toMatchObject({ method: "PUT", upload_url: expect.any(String) });
    expect(announced).not.toHaveProperty("parts");
  });
});
