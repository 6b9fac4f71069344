import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { sha256Hex } from "../../src/crypto/canonical-json";
import { fileKey } from "../../src/storage/keys";
import {
  abortMultipart,
  assemble,
  openMultipart,
  receivePart,
  type UploadPlace,
} from "../../src/storage/multipart-upload";
import { freshTenantId } from "../support/tenants";

const TEXT = "sku\n1\n";

/** A file of one part: R2 takes the last part in any size. */
async function opened(): Promise<UploadPlace> {
  const key = fileKey(freshTenantId(), crypto.randomUUID(), "a.csv");
  return { key, uploadId: await openMultipart(env.FILES, key, "text/csv") };
}

const streamOf = (...chunks: string[]) =>
  new ReadableStream({
    type: "bytes",
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
      controller.close();
    },
  });

const put = (place: UploadPlace, chunks: readonly string[], declaredBytes?: string) =>
  receivePart(env.FILES, place, {
    partNumber: 1,
    body: streamOf(...chunks),
    declaredBytes,
    sizeBytes: TEXT.length,
  });

async function stored(place: UploadPlace): Promise<string> {
  const part = await put(place, [TEXT]);
  if (!part.ok) throw new Error(part.error.reason);
  return part.value.etag;
}

const join = (place: UploadPlace, etag: string, sha256: string | null = null) =>
  assemble(env.FILES, place, [{ partNumber: 1, etag }], { sizeBytes: TEXT.length, sha256 });

const refused = (reason: string) => ({ ok: false, error: { reason } });

describe("an upload in parts", () => {
  it("becomes an object with its digest and content type", async () => {
    const place = await opened();
    const etag = await stored(place);
    expect(await join(place, etag, sha256Hex(TEXT))).toEqual({
      ok: true,
      value: { sha256: sha256Hex(TEXT) },
    });
    const object = await env.FILES.get(place.key);
    expect(object?.httpMetadata?.contentType).toBe("text/csv");
    expect(await object?.text()).toBe(TEXT);
  });

  it.each([
    ["too short", ["sku\n"]],
    ["empty", []],
    ["too long in one chunk", [`${TEXT}2\n`]],
    ["too long by a chunk after the right bytes", [TEXT, "2\n"]],
  ])("keeps the former part when one comes that is %s", async (_name, chunks) => {
    const place = await opened();
    const etag = await stored(place);
    expect(await put(place, chunks)).toEqual(refused("size_mismatch"));
    expect(await join(place, etag)).toMatchObject({ ok: true });
  });

  it("refuses another declared size unread", async () => {
    const place = await opened();
    expect(await put(place, [TEXT], "7")).toEqual(refused("size_mismatch"));
    expect(await put(place, [TEXT], "x")).toEqual(refused("size_mismatch"));
    expect(await put(place, [TEXT], "6")).toMatchObject({ ok: true });
  });

  it("refuses the ETag of a part that was replaced, and one that never was", async () => {
    const place = await opened();
    const former = await stored(place);
    const etag = await stored(place);
    expect(await join(place, former)).toEqual(refused("wrong_parts"));
    expect(await join(place, "none")).toEqual(refused("wrong_parts"));
    expect(await join(place, etag)).toMatchObject({ ok: true });
  });

  it("deletes an object that is not what was announced", async () => {
    const place = await opened();
    expect(await join(place, await stored(place), sha256Hex("other"))).toEqual(refused("digest_mismatch"));
    expect(await env.FILES.head(place.key)).toBeNull();
    const short = await opened();
    const parts = [{ partNumber: 1, etag: await stored(short) }];
    const announced = { sizeBytes: TEXT.length + 1, sha256: null };
    expect(await assemble(env.FILES, short, parts, announced)).toEqual(refused("size_mismatch"));
    expect(await env.FILES.head(short.key)).toBeNull();
  });

  it("is taken up where R2 had joined it before", async () => {
    const place = await opened();
    const etag = await stored(place);
    await env.FILES.resumeMultipartUpload(place.key, place.uploadId).complete([{ partNumber: 1, etag }]);
    expect(await join(place, etag)).toEqual({ ok: true, value: { sha256: sha256Hex(TEXT) } });
    expect(await put(place, [TEXT])).toEqual(refused("unknown_upload"));
    await abortMultipart(env.FILES, place);
    expect(await env.FILES.head(place.key)).not.toBeNull();
  });

  it("is gone once aborted, and may be aborted again", async () => {
    const place = await opened();
    const etag = await stored(place);
    await abortMultipart(env.FILES, place);
    await abortMultipart(env.FILES, place);
    expect(await put(place, [TEXT])).toEqual(refused("unknown_upload"));
    expect(await join(place, etag)).toEqual(refused("unknown_upload"));
  });
});
