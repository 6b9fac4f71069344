import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { sha256Hex } from "../../src/crypto/canonical-json";
import { CHUNK_BYTES, STORED_CHUNK_BYTES } from "../../src/crypto/file-codec";
import type { FileKeys } from "../../src/crypto/file-keys";
import { resealObject } from "../../src/storage/reseal-object";
import { headSealed } from "../../src/storage/sealed-object";
import { randomFile } from "../crypto/sealed-files";
import {
  bucketWith,
  expectPlain,
  freshKeys,
  freshPath,
  putStored,
  store,
  storedAt,
  TestKeyring,
} from "./sealed-world";

const small = randomFile(300_000);

interface World {
  readonly before: FileKeys;
  readonly after: FileKeys;
}

/** A file that was stored under version 1 while version 2 takes over. */
async function world(plain: Uint8Array, sha256: string | null = null): Promise<World> {
  const ring = new TestKeyring();
  const path = freshPath();
  const before = ring.at(path, [1]);
  await store(before, plain, sha256);
  return { before, after: ring.at(path, [1, 2]) };
}

const onlyNew = (keys: FileKeys): FileKeys => ({ ...keys, all: [keys.current] });
const overwrite = async (keys: FileKeys, plain: Uint8Array) => {
  await env.FILES.delete(keys.path);
  await store(keys, plain);
};
const resealed = { type: "resealed" };

describe("an object that is sealed anew", () => {
  it.each([0, 1, CHUNK_BYTES, CHUNK_BYTES + 1, 300_000])(
    "is the same %i bytes under the new key alone",
    async (size) => {
      const plain = small.subarray(0, size);
      const { before, after } = await world(plain, sha256Hex(plain));
      const old = await storedAt(after.path);
      expect(await resealObject(env.FILES, after)).toEqual(resealed);
      await expectPlain(onlyNew(after), plain);
      expect(await headSealed(env.FILES, before)).toMatchObject({ error: { reason: "unknown_version" } });
      expect(await headSealed(env.FILES, after)).toMatchObject({
        value: { version: 2, sha256: sha256Hex(plain), httpMetadata: { contentType: "text/csv" } },
      });
      expect((await storedAt(after.path)).bytes.length).toBe(old.bytes.length);
    },
  );

  it("is left as it is where it is current, or not there", async () => {
    const { after } = await world(small);
    await resealObject(env.FILES, after);
    const done = await env.FILES.head(after.path);
    expect(await resealObject(env.FILES, after)).toEqual({ type: "current" });
    expect((await env.FILES.head(after.path))?.etag).toBe(done?.etag);
    expect(await resealObject(env.FILES, freshKeys(1, 2))).toEqual({ type: "missing" });
  });

  it("comes from the clear where the tenant still has such, and only there", async () => {
    const ring = new TestKeyring();
    const path = freshPath();
    const httpMetadata = { contentType: "text/plain", contentLanguage: "pt" };
    await env.FILES.put(path, small, { httpMetadata, sha256: sha256Hex(small) });
    const refused = { type: "unreadable", reason: "altered" };
    expect(await resealObject(env.FILES, ring.at(path))).toEqual(refused);
    expect(await resealObject(env.FILES, ring.at(path, [1], true))).toEqual(resealed);
    await expectPlain(ring.at(path), small);
    expect(await headSealed(env.FILES, ring.at(path))).toMatchObject({
      value: { version: 1, sha256: sha256Hex(small), httpMetadata },
    });
  });

  it("was the one that was asked for", async () => {
    const { after } = await world(small);
    const fromEtag = (await env.FILES.head(after.path))?.etag ?? "";
    await overwrite({ ...after, current: after.all[0]! }, small.subarray(1));
    expect(await resealObject(env.FILES, after, { fromEtag })).toEqual({ type: "changed" });
    expect(await headSealed(env.FILES, after)).toMatchObject({ value: { version: 1 } });
    const now = (await env.FILES.head(after.path))?.etag ?? "";
    expect(await resealObject(env.FILES, after, { fromEtag: now })).toEqual(resealed);
  });

  it("is unreadable, and left, where it was altered or its key is gone", async () => {
    const { after } = await world(small);
    const { bytes, metadata } = await storedAt(after.path);
    for (const chunk of [0, 4]) {
      const at = chunk * STORED_CHUNK_BYTES + 50;
      await putStored(after.path, { bytes: bytes.with(at, bytes[at]! ^ 1), metadata });
      const altered = await storedAt(after.path);
      expect(await resealObject(env.FILES, after)).toEqual({ type: "unreadable", reason: "altered" });
      expect(await storedAt(after.path)).toEqual(altered);
    }
    await putStored(after.path, { bytes, metadata });
    const keyless = { type: "unreadable", reason: "unknown_version" };
    expect(await resealObject(env.FILES, onlyNew(after))).toEqual(keyless);
    await expectPlain(after, small);
  });

  it("stays where the work is stopped, and says how far it came", async () => {
    const { after } = await world(small);
    const seen: number[] = [];
    const onProgress = async (bytes: number) => {
      seen.push(bytes);
      return bytes >= 2 * CHUNK_BYTES ? "stop" : "go";
    };
    const old = await storedAt(after.path);
    expect(await resealObject(env.FILES, after, { onProgress })).toEqual({ type: "stopped" });
    expect(seen).toEqual([CHUNK_BYTES, 2 * CHUNK_BYTES]);
    expect(await storedAt(after.path)).toEqual(old);
  });

  it("that R2 does not take is a fault", async () => {
    const { after } = await world(small);
    const put = async (_key: string, body: ReadableStream) => {
      await body.cancel();
      throw new Error("R2 is down");
    };
    const work = resealObject(bucketWith({ put } as unknown as R2Bucket), after);
    await expect(work).rejects.toThrow("R2 is down");
  });
});

describe("what is done to an object while it is sealed anew", () => {
  const other = small.subarray(100);
  it.each([
    ["is overwritten", (keys: FileKeys) => overwrite(keys, other)],
    ["is deleted", (keys: FileKeys) => env.FILES.delete(keys.path)],
  ])("stands: it %s before it is read", async (_what, change) => {
    const { after } = await world(small);
    const get = async (key: string, options: R2GetOptions) => {
      await change(after);
      return env.FILES.get(key, options);
    };
    const bucket = bucketWith({ get } as unknown as R2Bucket);
    expect(await resealObject(bucket, after)).toEqual({ type: "changed" });
  });

  it.each([
    ["is overwritten", (keys: FileKeys) => overwrite(keys, other)],
    ["is deleted", (keys: FileKeys) => env.FILES.delete(keys.path)],
  ])("stands: it %s while it is read", async (what, change) => {
    const { after } = await world(small);
    let isDone = false;
    const onProgress = async () => {
      if (!isDone) await change(after);
      isDone = true;
      return "go" as const;
    };
    expect(await resealObject(env.FILES, after, { onProgress })).toEqual({ type: "changed" });
    if (what === "is deleted") expect(await env.FILES.head(after.path)).toBeNull();
    else await expectPlain(after, other);
  });
});
