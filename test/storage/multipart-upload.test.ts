import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { sha256Hex } from "../../src/crypto/canonical-json";
import { CHUNK_BYTES, sealedSize } from "../../src/crypto/file-codec";
import type { FileKeys } from "../../src/crypto/file-keys";
import {
  abortMultipart,
  assemble,
  type IncomingPart,
  type OpenedUpload,
  openMultipart,
  receivePart,
} from "../../src/storage/multipart-upload";
import { headSealed } from "../../src/storage/sealed-object";
import { chunksOf, joined, randomFile } from "../crypto/sealed-files";
import { bodyOf, expectPlain, freshKeys, freshPath, putStored, storedAt, TestKeyring } from "./sealed-world";

interface Upload {
  readonly keys: FileKeys;
  readonly opened: OpenedUpload;
}

const TEXT = "sku\n1\n";
const encoded = (text: string) => new TextEncoder().encode(text);
/** The least that R2 takes for a part which is not the last. */
const PART_BYTES = 80 * CHUNK_BYTES;
const source = randomFile(2 * PART_BYTES + 100_000);

async function opened(keys = freshKeys(), sha256: string | null = null): Promise<Upload> {
  return { keys, opened: await openMultipart(env.FILES, keys, { contentType: "text/csv", sha256 }) };
}

const put = ({ keys, opened }: Upload, part: Partial<IncomingPart>) =>
  receivePart(env.FILES, keys, opened, {
    partNumber: 1,
    partBytes: PART_BYTES,
    isLast: true,
    body: bodyOf(encoded(TEXT)),
    declaredBytes: undefined,
    sizeBytes: TEXT.length,
    ...part,
  });

async function etagOf(upload: Upload, part: Partial<IncomingPart> = {}): Promise<string> {
  const received = await put(upload, part);
  if (!received.ok) throw new Error(received.error.reason);
  return received.value.etag;
}

/** Sends one part of a larger file. */
const sendPart = async (upload: Upload, plain: Uint8Array, partNumber: number, part = {}) => {
  const bytes = plain.subarray((partNumber - 1) * PART_BYTES, partNumber * PART_BYTES);
  const isLast = partNumber * PART_BYTES >= plain.length;
  const sent = { partNumber, isLast, body: bodyOf(bytes), sizeBytes: bytes.length, ...part };
  return { partNumber, etag: await etagOf(upload, sent) };
};

const join = ({ keys, opened: { uploadId } }: Upload, etag: string, sha256: string | null = null) =>
  assemble(
    env.FILES,
    keys,
    { uploadId, parts: [{ partNumber: 1, etag }] },
    { sizeBytes: TEXT.length, sha256 },
  );

const refused = (reason: string) => ({ ok: false, error: { reason } });
const unreadable = (fault: string) => ({ ok: false, error: { reason: "unreadable", fault } });
const stored = (bytes: string | Uint8Array, keyVersion = 1) => ({
  ok: true,
  value: { sha256: sha256Hex(bytes), keyVersion },
});

describe("an upload in parts", () => {
  it("becomes a sealed object with its digest and content type", async () => {
    const upload = await opened(freshKeys(), sha256Hex(TEXT));
    const etag = await etagOf(upload);
    expect(await join(upload, etag, sha256Hex(TEXT))).toMatchObject(stored(TEXT));
    await expectPlain(upload.keys, encoded(TEXT));
    expect(await headSealed(env.FILES, upload.keys)).toMatchObject({
      value: { httpMetadata: { contentType: "text/csv" }, sha256: sha256Hex(TEXT) },
    });
    expect((await env.FILES.head(upload.keys.path))?.size).toBe(sealedSize(TEXT.length));
  });

  it.each([PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES, 2 * PART_BYTES + 100_000])(
    "makes one file of %i bytes of its parts, in whatever order and however often they came",
    async (size) => {
      const plain = source.subarray(0, size);
      const upload = await opened();
      const numbers = Array.from({ length: Math.ceil(size / PART_BYTES) }, (_, index) => index + 1);
      for (const number of numbers.toReversed()) {
        const other = randomFile(Math.min(PART_BYTES, size - (number - 1) * PART_BYTES));
        await sendPart(upload, plain, number, { body: bodyOf(other) });
        await sendPart(upload, plain, number);
      }
      const parts = [];
      for (const number of numbers) parts.push(await sendPart(upload, plain, number));
      const claimed = { uploadId: upload.opened.uploadId, parts };
      const announced = { sizeBytes: size, sha256: sha256Hex(plain) };
      expect(await assemble(env.FILES, upload.keys, claimed, announced)).toMatchObject(stored(plain));
      expect((await env.FILES.head(upload.keys.path))?.size).toBe(sealedSize(size));
      await expectPlain(upload.keys, plain);
    },
  );

  it.each([
    ["too short", ["sku\n"]],
    ["empty", []],
    ["too long in one piece", [`${TEXT}2\n`]],
    ["too long by a piece after the right bytes", [TEXT, "2\n"]],
  ])("keeps the former part when one comes that is %s", async (_name, pieces) => {
    const upload = await opened();
    const etag = await etagOf(upload);
    expect(await put(upload, { body: bodyOf(...pieces.map(encoded)) })).toEqual(refused("size_mismatch"));
    expect(await join(upload, etag)).toMatchObject({ ok: true });
  });

  it("refuses another declared size unread", async () => {
    const upload = await opened();
    expect(await put(upload, { declaredBytes: "7" })).toEqual(refused("size_mismatch"));
    expect(await put(upload, { declaredBytes: "x" })).toEqual(refused("size_mismatch"));
    expect(await put(upload, { declaredBytes: "6" })).toMatchObject({ ok: true });
  });

  it("refuses the ETag of a part that was replaced, and one that never was", async () => {
    const upload = await opened();
    const former = await etagOf(upload);
    const etag = await etagOf(upload);
    expect(await join(upload, former)).toEqual(refused("wrong_parts"));
    expect(await join(upload, "none")).toEqual(refused("wrong_parts"));
    expect(await join(upload, etag)).toMatchObject({ ok: true });
  });

  it("deletes an object that is not what was announced", async () => {
    const other = await opened();
    expect(await join(other, await etagOf(other), sha256Hex("other"))).toEqual(refused("digest_mismatch"));
    expect(await env.FILES.head(other.keys.path)).toBeNull();
    const short = await opened();
    const claimed = {
      uploadId: short.opened.uploadId,
      parts: [{ partNumber: 1, etag: await etagOf(short) }],
    };
    const announced = { sizeBytes: TEXT.length + 1, sha256: null };
    expect(await assemble(env.FILES, short.keys, claimed, announced)).toEqual(refused("size_mismatch"));
    expect(await env.FILES.head(short.keys.path)).toBeNull();
  });

  it("is taken up where R2 had joined it before", async () => {
    const upload = await opened();
    const etag = await etagOf(upload);
    const { path: key } = upload.keys;
    const { uploadId } = upload.opened;
    await env.FILES.resumeMultipartUpload(key, uploadId).complete([{ partNumber: 1, etag }]);
    expect(await join(upload, etag)).toMatchObject(stored(TEXT));
    expect(await put(upload, {})).toEqual(refused("unknown_upload"));
    await abortMultipart(env.FILES, { key, uploadId });
    expect(await env.FILES.head(key)).not.toBeNull();
  });

  it("is gone once aborted, and may be aborted again", async () => {
    const upload = await opened();
    const etag = await etagOf(upload);
    const place = { key: upload.keys.path, uploadId: upload.opened.uploadId };
    await abortMultipart(env.FILES, place);
    await abortMultipart(env.FILES, place);
    expect(await put(upload, {})).toEqual(refused("unknown_upload"));
    expect(await join(upload, etag)).toEqual(refused("unknown_upload"));
  });
});

describe("parts that do not make a sound file", () => {
  const plain = source.subarray(0, PART_BYTES + 1000);
  const assembled = (upload: Upload, parts: readonly { partNumber: number; etag: string }[]) =>
    assemble(
      env.FILES,
      upload.keys,
      { uploadId: upload.opened.uploadId, parts },
      { sizeBytes: plain.length, sha256: null },
    );

  it("are those of two writings", async () => {
    const upload = await opened();
    const { writingId } = (await opened(upload.keys)).opened;
    const stray = { keys: upload.keys, opened: { ...upload.opened, writingId } };
    const parts = [await sendPart(upload, plain, 1), await sendPart(stray, plain, 2)];
    expect(await assembled(upload, parts)).toEqual(unreadable("altered"));
    expect(await env.FILES.head(upload.keys.path)).toBeNull();
  });

  it("are those of two versions of the key", async () => {
    const keys = freshKeys(1, 2);
    const upload = await opened(keys);
    const stray = { keys, opened: { ...upload.opened, version: 1 } };
    const parts = [await sendPart(stray, plain, 1), await sendPart(upload, plain, 2)];
    expect(await assembled(upload, parts)).toEqual(unreadable("altered"));
    expect(await env.FILES.head(upload.keys.path)).toBeNull();
  });

  it("are those at another place than they were sealed for", async () => {
    const upload = await opened();
    const first = await sendPart(upload, plain, 1);
    const last = plain.subarray(PART_BYTES);
    const second = await etagOf(upload, {
      partNumber: 2,
      partBytes: 2 * PART_BYTES,
      body: bodyOf(last),
      sizeBytes: last.length,
    });
    expect(await assembled(upload, [first, { partNumber: 2, etag: second }])).toEqual(unreadable("altered"));
  });

  it("are those without an end, or with one too early", async () => {
    const whole = source.subarray(0, 2 * PART_BYTES);
    for (const wrong of [1, 2]) {
      const upload = await opened();
      const parts = [
        await sendPart(upload, whole, 1, { isLast: wrong === 1 }),
        await sendPart(upload, whole, 2, { isLast: wrong !== 2 }),
      ];
      expect(await assembled(upload, parts)).toEqual(unreadable("altered"));
      expect(await env.FILES.head(upload.keys.path)).toBeNull();
    }
  });

  it("were altered once they were joined", async () => {
    const upload = await opened();
    const parts = [await sendPart(upload, plain, 1), await sendPart(upload, plain, 2)];
    const { uploadId } = upload.opened;
    await env.FILES.resumeMultipartUpload(upload.keys.path, uploadId).complete(parts);
    const { bytes, metadata } = await storedAt(upload.keys.path);
    const chunks = chunksOf(bytes);
    await putStored(upload.keys.path, { bytes: joined(chunks.with(3, chunks[4]!)), metadata });
    expect(await assembled(upload, parts)).toEqual(unreadable("altered"));
    expect(await env.FILES.head(upload.keys.path)).toBeNull();
  });
});

describe("an upload that was opened under a former version of the key", () => {
  const ring = new TestKeyring();
  const path = freshPath();

  it("goes on while that one is left", async () => {
    const upload = await opened(ring.at(path, [1]));
    const later = { ...upload, keys: ring.at(path, [1, 2]) };
    expect(await join(later, await etagOf(later))).toMatchObject(stored(TEXT));
    await expectPlain(ring.at(path, [1, 2, 3]), encoded(TEXT));
  });

  it("takes no part once it exists no more, and what was joined is not deleted for want of a key", async () => {
    const upload = await opened(ring.at(path, [1]));
    const etag = await etagOf(upload);
    const late = { ...upload, keys: ring.at(path, [2]) };
    expect(await put(late, {})).toEqual(refused("unknown_version"));
    expect(await join(late, etag)).toEqual(unreadable("unknown_version"));
    expect(await env.FILES.head(path)).not.toBeNull();
  });
});
