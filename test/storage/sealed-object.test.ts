import { createHash } from "node:crypto";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CHUNK_BYTES, sealedSize, STORED_CHUNK_BYTES } from "../../src/crypto/file-codec";
import { SealedFileError } from "../../src/crypto/file-opener";
import { ok } from "../../src/domain/result";
import { headSealed, openSealed, readSettled } from "../../src/storage/sealed-object";
import { cut, randomFile, same } from "../crypto/sealed-files";
import {
  bucketWith,
  drained,
  expectPlain,
  freshKeys,
  freshPath,
  putStored,
  store,
  storedAt,
  TestKeyring,
} from "./sealed-world";

/** What is read of R2 at once. */
const PIECE = 16 * CHUNK_BYTES;
const SIZES = [0, 1, 65_535, 65_536, 65_537, 131_072, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3_000_000];
const source = randomFile(3_000_000);
const hexOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

async function headOf(keys: ReturnType<typeof freshKeys>, bucket = env.FILES) {
  const head = await headSealed(bucket, keys);
  if (!head.ok) throw new Error(head.error.reason);
  if (head.value === null) throw new Error("missing");
  return head.value;
}

describe("a sealed object", () => {
  it.each(SIZES)("of %i bytes is read as it was written, whole", async (size) => {
    const keys = freshKeys();
    await store(keys, source.subarray(0, size));
    expect((await env.FILES.head(keys.path))?.size).toBe(sealedSize(size));
    await expectPlain(keys, source.subarray(0, size));
  });

  it("is read as it was written, in any range", async () => {
    const keys = freshKeys();
    await store(keys, source);
    const head = await headOf(keys);
    const borders = fc.constantFrom(0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, PIECE - 1, PIECE, source.length - 1);
    const place = fc.oneof(borders, fc.nat({ max: source.length - 1 }));
    const span = fc.oneof(borders, fc.nat({ max: 200_000 }), fc.nat({ max: source.length }));
    await fc.assert(
      fc.asyncProperty(place, span, async (offset, wanted) => {
        const length = Math.max(1, Math.min(wanted, source.length - offset));
        const { plain, reason } = await drained(await head.open({ offset, length }));
        expect(reason).toBeNull();
        expect(same(plain, source.subarray(offset, offset + length))).toBe(true);
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  it("says what it is in plain terms", async () => {
    const keys = freshKeys(3, 4);
    const plain = source.subarray(0, 100_000);
    await store(keys, plain, hexOf(plain));
    const raw = await env.FILES.head(keys.path);
    const known = {
      plainBytes: 100_000,
      etag: raw?.etag,
      httpEtag: raw?.httpEtag,
      httpMetadata: { contentType: "text/csv" },
      sha256: hexOf(plain),
      version: 4,
    };
    expect(await headOf(keys)).toMatchObject(known);
    expect(await openSealed(env.FILES, keys)).toMatchObject({ ok: true, value: known });
  });

  it("has no digest where none was known when it was begun", async () => {
    const keys = freshKeys();
    await store(keys, source.subarray(0, 10));
    expect((await headOf(keys)).sha256).toBeNull();
  });

  it("is null where there is nothing", async () => {
    expect(await headSealed(env.FILES, freshKeys())).toEqual(ok(null));
    expect(await openSealed(env.FILES, freshKeys())).toEqual(ok(null));
  });

  it("shows nothing of what it holds", async () => {
    const keys = freshKeys();
    const plain = new TextEncoder().encode("sku,title\r\nCANARY,Um\r\n".repeat(9_000));
    await store(keys, plain);
    const { bytes, metadata } = await storedAt(keys.path);
    expect(Buffer.from(bytes).includes("CANARY")).toBe(false);
    expect(metadata.seal).toMatch(/^f1\.1\.[\w-]{22}\.[\w-]{43}$/);
    for (const { bytes: key } of keys.all)
      expect(metadata.seal).not.toContain(Buffer.from(key).toString("base64url"));
  });

  it("opens with any version that is left, and with no other", async () => {
    const ring = new TestKeyring();
    const path = freshPath();
    const plain = source.subarray(0, 70_000);
    await store(ring.at(path, [1, 2]), plain);
    await expectPlain(ring.at(path, [1, 2, 3]), plain);
    await expectPlain(ring.at(path, [2]), plain);
    const unknown = { ok: false, error: { reason: "unknown_version" } };
    expect(await openSealed(env.FILES, ring.at(path, [1, 3]))).toEqual(unknown);
    expect(await headSealed(env.FILES, ring.at(path, [3]))).toEqual(unknown);
  });
});

describe("what is read of R2", () => {
  it("are the chunks of the range and no others", async () => {
    const keys = freshKeys();
    await store(keys, source);
    const ranges: unknown[] = [];
    const get = async (key: string, options: R2GetOptions) => {
      ranges.push(options.range);
      return env.FILES.get(key, options);
    };
    const head = await headOf(keys, bucketWith({ get } as unknown as R2Bucket));
    await drained(await head.open({ offset: CHUNK_BYTES + 5, length: 10 }));
    await drained(await head.open({ offset: 3 * CHUNK_BYTES - 1, length: 2 }));
    await drained(await head.open({ offset: source.length - 1, length: 1 }));
    const lastChunk = Math.floor(source.length / CHUNK_BYTES);
    expect(ranges).toEqual([
      { offset: STORED_CHUNK_BYTES, length: STORED_CHUNK_BYTES },
      { offset: 2 * STORED_CHUNK_BYTES, length: 2 * STORED_CHUNK_BYTES },
      {
        offset: lastChunk * STORED_CHUNK_BYTES,
        length: sealedSize(source.length) - lastChunk * STORED_CHUNK_BYTES,
      },
    ]);
  });

  /** A stored object whose body says how much of it was taken, and how it ended. */
  async function watched(keys: ReturnType<typeof freshKeys>, stored: Uint8Array) {
    const object = await env.FILES.head(keys.path);
    const seen = { bytes: 0, isCancelled: false };
    const pieces = cut(stored, [64 * 1024]);
    const body = new ReadableStream({
      type: "bytes",
      pull: (controller) => {
        const { done, value } = pieces.next();
        if (done) return controller.close();
        seen.bytes += value.length;
        controller.enqueue(value.slice());
      },
      cancel: () => {
        seen.isCancelled = true;
      },
    });
    const { key, etag, httpEtag, size, customMetadata, checksums } = object!;
    const found = {
      key,
      etag,
      httpEtag,
      size,
      customMetadata,
      checksums,
      body,
    };
    return { seen, bucket: bucketWith({ get: async () => found } as unknown as R2Bucket) };
  }

  it("is little more than its reader has taken", async () => {
    const keys = freshKeys();
    const plain = randomFile(12 * PIECE);
    await store(keys, plain);
    const { seen, bucket } = await watched(keys, (await storedAt(keys.path)).bytes);
    const opened = await openSealed(bucket, keys);
    if (!opened.ok || opened.value === null) throw new Error("unreadable");
    let taken = 0;
    let mostAhead = 0;
    for await (const piece of opened.value.body) {
      taken += piece.length;
      for (let turn = 0; turn < 50; turn++) await Promise.resolve();
      mostAhead = Math.max(mostAhead, seen.bytes - taken);
    }
    expect(taken).toBe(plain.length);
    expect(mostAhead).toBeLessThan(3 * PIECE);
  });

  it("is given up when its reader goes, and where it does not open", async () => {
    const keys = freshKeys();
    await store(keys, randomFile(6 * PIECE));
    const { bytes } = await storedAt(keys.path);
    const left = await watched(keys, bytes);
    const opened = await openSealed(left.bucket, keys);
    if (!opened.ok || opened.value === null) throw new Error("unreadable");
    await opened.value.body.cancel();
    expect(left.seen.isCancelled).toBe(true);

    const altered = await watched(keys, bytes.with(100, bytes[100]! ^ 1));
    expect(await openSealed(altered.bucket, keys)).toEqual({ ok: false, error: { reason: "altered" } });
    expect(altered.seen.isCancelled).toBe(true);
    const keyless = await watched(keys, bytes);
    expect((await openSealed(keyless.bucket, { ...keys, all: [] })).ok).toBe(false);
    expect(keyless.seen.isCancelled).toBe(true);
  });
});

describe("an altered chunk", () => {
  const alteredAt = async (chunk: number) => {
    const keys = freshKeys();
    await store(keys, source);
    const { bytes, metadata } = await storedAt(keys.path);
    const at = chunk * STORED_CHUNK_BYTES + 100;
    await putStored(keys.path, { bytes: bytes.with(at, bytes[at]! ^ 1), metadata });
    return keys;
  };

  it("at the beginning is a value", async () => {
    const keys = await alteredAt(0);
    const altered = { ok: false, error: { reason: "altered" } };
    expect(await openSealed(env.FILES, keys)).toEqual(altered);
    const head = await headOf(keys);
    expect(await head.open()).toEqual(altered);
    expect(await head.open({ offset: 10, length: 1 })).toEqual(altered);
    expect((await head.open({ offset: CHUNK_BYTES, length: 1 })).ok).toBe(true);
  });

  it("further on ends the stream with its own error, behind bytes that are right", async () => {
    const keys = await alteredAt(40);
    const opened = await openSealed(env.FILES, keys);
    if (!opened.ok || opened.value === null) throw new Error("unreadable");
    let taken = 0;
    const readAll = async () => {
      for await (const piece of opened.value!.body) {
        expect(same(piece, source.subarray(taken, taken + piece.length))).toBe(true);
        taken += piece.length;
      }
    };
    await expect(readAll()).rejects.toBeInstanceOf(SealedFileError);
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThanOrEqual(40 * CHUNK_BYTES);
  });
});

describe("an object that is overwritten between look and reading", () => {
  const first = source.subarray(0, 100_000);
  const second = source.subarray(1_000, 150_000);

  /** Before each of the first `times` reads another object takes its place. */
  function overwriting(keys: ReturnType<typeof freshKeys>, times: number) {
    const calls = { heads: 0, gets: 0 };
    const get = async (key: string, options: R2GetOptions) => {
      if (calls.gets++ < times) {
        await env.FILES.delete(key);
        await store(keys, second);
      }
      return env.FILES.get(key, options);
    };
    const head = async (key: string) => {
      calls.heads++;
      return env.FILES.head(key);
    };
    return { calls, bucket: bucketWith({ get, head } as unknown as R2Bucket) };
  }
  const readRange = (bucket: R2Bucket, keys: ReturnType<typeof freshKeys>) =>
    readSettled<ReadableStream<Uint8Array> | null>(bucket, keys, async (head) =>
      head === null ? ok(null) : head.open({ offset: 1, length: 50 }),
    );

  it("is not opened by the old head", async () => {
    const keys = freshKeys();
    await store(keys, first);
    const head = await headOf(keys, overwriting(keys, 1).bucket);
    expect(await head.open()).toEqual({ ok: false, error: { reason: "overwritten" } });
    expect(await head.open()).toEqual({ ok: false, error: { reason: "overwritten" } });
  });

  it.each([0, 1, 2])("is read by a new look, %i times over", async (times) => {
    const keys = freshKeys();
    await store(keys, first);
    const { calls, bucket } = overwriting(keys, times);
    const opened = await readRange(bucket, keys);
    if (!opened.ok || opened.value === null) throw new Error("unreadable");
    const { plain } = await drained(ok(opened.value));
    expect(same(plain, (times === 0 ? first : second).subarray(1, 51))).toBe(true);
    expect(calls).toEqual({ heads: times + 1, gets: times + 1 });
  });

  it("is given up after three looks", async () => {
    const keys = freshKeys();
    await store(keys, first);
    const { calls, bucket } = overwriting(keys, 99);
    expect(await readRange(bucket, keys)).toEqual({ ok: false, error: { reason: "overwritten" } });
    expect(calls).toEqual({ heads: 3, gets: 3 });
  });

  it("is not there where it was deleted", async () => {
    const keys = freshKeys();
    await store(keys, first);
    const get = async (key: string, options: R2GetOptions) => {
      await env.FILES.delete(key);
      return env.FILES.get(key, options);
    };
    expect(await readRange(bucketWith({ get } as unknown as R2Bucket), keys)).toEqual(ok(null));
  });
});

describe("an object in the clear", () => {
  const plain = source.subarray(0, 100_000);
  const ring = new TestKeyring();
  const clearAt = async () => {
    const path = freshPath();
    await env.FILES.put(path, plain, { sha256: hexOf(plain), httpMetadata: { contentType: "text/csv" } });
    return path;
  };

  it("is read where the tenant still has such", async () => {
    const keys = ring.at(await clearAt(), [1], true);
    await expectPlain(keys, plain);
    const head = await headOf(keys);
    expect(head).toMatchObject({ plainBytes: 100_000, sha256: hexOf(plain), version: null });
    const range = await drained(await head.open({ offset: 5, length: 7 }));
    expect(same(range.plain, plain.subarray(5, 12))).toBe(true);
  });

  it("is altered anywhere else", async () => {
    const keys = ring.at(await clearAt());
    const altered = { ok: false, error: { reason: "altered" } };
    expect(await openSealed(env.FILES, keys)).toEqual(altered);
    expect(await headSealed(env.FILES, keys)).toEqual(altered);
  });
});
