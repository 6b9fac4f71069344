import { createHash } from "node:crypto";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { CHUNK_BYTES, sealedSize } from "../../src/crypto/file-codec";
import type { FileKeys } from "../../src/crypto/file-keys";
import { type IncomingFile, receiveUpload } from "../../src/storage/receive-upload";
import { headSealed } from "../../src/storage/sealed-object";
import { randomFile } from "../crypto/sealed-files";
import {
  bodyOf,
  bucketWith,
  expectPlain,
  freshKeys,
  freshPath,
  putStored,
  storedAt,
  TestKeyring,
} from "./sealed-world";

const SIZES = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 4 * CHUNK_BYTES, 700_000];
const source = randomFile(700_001);
const hexOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const answer = (bytes: Uint8Array, keyVersion = 1) => ({
  ok: true,
  value: { sha256: hexOf(bytes), keyVersion },
});
const refused = (reason: string) => ({ ok: false, error: { reason } });

const receive = (keys: FileKeys, plain: Uint8Array, file: Partial<IncomingFile> = {}, bucket = env.FILES) =>
  receiveUpload(bucket, keys, {
    body: bodyOf(plain),
    declaredBytes: undefined,
    sizeBytes: plain.length,
    sha256: null,
    contentType: "text/csv",
    ...file,
  });

describe("an upload", () => {
  it.each(SIZES)("of %i bytes is stored sealed, with its digest as the answer", async (size) => {
    const keys = freshKeys();
    const plain = source.subarray(0, size);
    expect(await receive(keys, plain, { sha256: hexOf(plain) })).toEqual(answer(plain));
    await expectPlain(keys, plain);
    const stored = await env.FILES.head(keys.path);
    expect(stored?.size).toBe(sealedSize(size));
    expect(stored?.httpMetadata?.contentType).toBe("text/csv");
  });

  it("needs no announced digest, and then shows none", async () => {
    const keys = freshKeys();
    const plain = source.subarray(0, 1000);
    expect(await receive(keys, plain)).toEqual(answer(plain));
    expect(await headSealed(env.FILES, keys)).toMatchObject({ value: { sha256: null } });
  });

  it("may be empty without a body", async () => {
    const keys = freshKeys();
    expect(await receive(keys, new Uint8Array(0), { body: null })).toMatchObject({ ok: true });
    await expectPlain(keys, new Uint8Array(0));
  });

  it.each(SIZES)("of %i bytes with another digest stores nothing", async (size) => {
    const keys = freshKeys();
    const plain = source.subarray(0, size);
    expect(await receive(keys, plain, { sha256: hexOf(source) })).toEqual(refused("digest_mismatch"));
    expect(await env.FILES.head(keys.path)).toBeNull();
    expect(await receive(keys, plain, { sha256: hexOf(plain) })).toMatchObject({ ok: true });
  });

  it.each(SIZES)("that is not the announced %i bytes long stores nothing", async (sizeBytes) => {
    const keys = freshKeys();
    const longer = source.subarray(0, sizeBytes + 1);
    const asAnnounced = source.subarray(0, sizeBytes);
    expect(await receive(keys, longer, { sizeBytes })).toEqual(refused("size_mismatch"));
    const late = bodyOf(asAnnounced, source.subarray(0, 1));
    expect(await receive(keys, longer, { sizeBytes, body: late })).toEqual(refused("size_mismatch"));
    if (sizeBytes > 0) {
      const shorter = source.subarray(0, sizeBytes - 1);
      expect(await receive(keys, shorter, { sizeBytes })).toEqual(refused("size_mismatch"));
      expect(await receive(keys, shorter, { sizeBytes, body: null })).toEqual(refused("size_mismatch"));
    }
    expect(await env.FILES.head(keys.path)).toBeNull();
  });

  it("with another declared size is refused unread", async () => {
    const keys = freshKeys();
    const plain = source.subarray(0, 10);
    for (const declaredBytes of ["9", "11", "x", ""])
      expect(await receive(keys, plain, { declaredBytes })).toEqual(refused("size_mismatch"));
    expect(await env.FILES.head(keys.path)).toBeNull();
    expect(await receive(keys, plain, { declaredBytes: "10" })).toMatchObject({ ok: true });
  });

  it("shows nothing of its bytes in what is stored", async () => {
    const keys = freshKeys();
    await receive(keys, new TextEncoder().encode("sku,title\r\nCANARY,Um\r\n".repeat(9_000)));
    expect(Buffer.from((await storedAt(keys.path)).bytes).includes("CANARY")).toBe(false);
  });

  it("that R2 does not take is a fault, no refusal", async () => {
    const keys = freshKeys();
    const put = async (_key: string, body: ReadableStream) => {
      await body.cancel();
      throw new Error("R2 is down");
    };
    const bucket = bucketWith({ put } as unknown as R2Bucket);
    await expect(receive(keys, source, { sha256: hexOf(source) }, bucket)).rejects.toThrow("R2 is down");
  });
});

describe("an upload whose place is taken", () => {
  const first = source.subarray(0, 200_000);
  const second = source.subarray(1, 200_001);
  const ring = new TestKeyring();

  it("answers with what stands there, and leaves it", async () => {
    const keys = ring.at(freshPath(), [1, 2]);
    await receive(keys, first);
    const before = await storedAt(keys.path);
    expect(await receive(keys, second)).toMatchObject(answer(first, 2));
    expect(await storedAt(keys.path)).toEqual(before);
  });

  it("is refused where that one's key exists no more", async () => {
    const path = freshPath();
    await receive(ring.at(path, [1]), first);
    expect(await receive(ring.at(path, [2]), first)).toEqual({
      ok: false,
      error: { reason: "unreadable", fault: "unknown_version" },
    });
  });

  it.each([
    ["at its beginning", 20],
    ["further on", 190_000],
  ])("is refused where that one is altered %s", async (_where, at) => {
    const keys = ring.at(freshPath());
    await receive(keys, first);
    const { bytes, metadata } = await storedAt(keys.path);
    await putStored(keys.path, { bytes: bytes.with(at, bytes[at]! ^ 1), metadata });
    expect(await receive(keys, first)).toEqual({
      ok: false,
      error: { reason: "unreadable", fault: "altered" },
    });
  });

  it("in the clear is known by its digest only where such are read", async () => {
    const path = freshPath();
    await env.FILES.put(path, first);
    expect(await receive(ring.at(path, [1], true), second)).toMatchObject(answer(first, 0));
    expect(await receive(ring.at(path), second)).toMatchObject(refused("unreadable"));
  });
});
