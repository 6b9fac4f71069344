import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { STORED_CHUNK_BYTES } from "../../src/crypto/file-codec";
import type { FileKeys } from "../../src/crypto/file-keys";
import { MultipartSink } from "../../src/storage/multipart-sink";
import { resealObject } from "../../src/storage/reseal-object";
import { headSealed } from "../../src/storage/sealed-object";
import { randomFile } from "../crypto/sealed-files";
import {
  bucketWith,
  expectPlain,
  freshPath,
  putStored,
  store,
  storedAt,
  TestKeyring,
} from "../storage/sealed-world";

const MIB = 1024 ** 2;
/** What one put carries, sealed; a byte of plaintext more goes in parts. */
const MAX_SMALL = 64 * MIB - 1024 * 28;
const small = randomFile(300_000);
const large = randomFile(MAX_SMALL + 5);

interface World {
  readonly before: FileKeys;
  readonly after: FileKeys;
}

/** A file that was stored under version 1 while version 2 takes over. */
async function world(plain: Uint8Array): Promise<World> {
  const ring = new TestKeyring();
  const path = freshPath();
  const before = ring.at(path, [1]);
  await writeInParts(before, plain);
  return { before, after: ring.at(path, [1, 2]) };
}

async function writeInParts(keys: FileKeys, plain: Uint8Array): Promise<void> {
  const sink = new MultipartSink(env.FILES, keys, { httpMetadata: { contentType: "text/csv" } });
  for (let at = 0; at < plain.length; at += MIB) await sink.write(plain.subarray(at, at + MIB));
  await sink.close();
}

const onlyNew = (keys: FileKeys): FileKeys => ({ ...keys, all: [keys.current] });
const overwrite = async (keys: FileKeys, plain: Uint8Array) => {
  await env.FILES.delete(keys.path);
  await store(keys, plain);
};
const resealed = { type: "resealed" };

describe("a large object that is sealed anew", () => {
  /** The bucket, which says how uploads end and what they are made of. */
  function watched(beforeHead: (call: number) => Promise<unknown> = async () => undefined) {
    const ended: string[] = [];
    const parts: number[] = [];
    let heads = 0;
    const createMultipartUpload = async (key: string, options: R2MultipartOptions) => {
      const upload = await env.FILES.createMultipartUpload(key, options);
      return {
        uploadPart: (partNumber: number, body: ReadableStream) => {
          parts.push(partNumber);
          return upload.uploadPart(partNumber, body);
        },
        abort: () => upload.abort().then(() => void ended.push("aborted")),
        complete: (made: R2UploadedPart[]) => upload.complete(made).finally(() => ended.push("completed")),
      };
    };
    const head = async (key: string) => {
      await beforeHead(++heads);
      return env.FILES.head(key);
    };
    const put = () => expect.fail("A large object goes in parts.");
    const bucket = bucketWith({ createMultipartUpload, head, put } as unknown as R2Bucket);
    return { bucket, ended, parts };
  }

  it("is the same under the new key alone, in parts", async () => {
    const { before, after } = await world(large);
    const { bucket, ended, parts } = watched();
    expect(await resealObject(bucket, after)).toEqual(resealed);
    expect([ended, parts]).toEqual([["completed"], [1, 2]]);
    await expectPlain(onlyNew(after), large);
    expect(await headSealed(env.FILES, before)).toMatchObject({ error: { reason: "unknown_version" } });
    expect(await headSealed(env.FILES, after)).toMatchObject({
      value: { version: 2, httpMetadata: { contentType: "text/csv" } },
    });
  });

  it("comes from the clear as well", async () => {
    const keys = new TestKeyring().at(freshPath(), [1], true);
    await env.FILES.put(keys.path, large);
    const { bucket, parts } = watched();
    expect(await resealObject(bucket, keys)).toEqual(resealed);
    expect(parts).toEqual([1, 2]);
    await expectPlain({ ...keys, acceptsClear: false }, large);
  });

  it("goes in one put up to its limit", async () => {
    const { after } = await world(large.subarray(0, MAX_SMALL));
    const createMultipartUpload = () => expect.fail("This goes in one put.");
    const bucket = bucketWith({ createMultipartUpload } as unknown as R2Bucket);
    expect(await resealObject(bucket, after)).toEqual(resealed);
    await expectPlain(onlyNew(after), large.subarray(0, MAX_SMALL));
  });

  it.each([
    ["overwritten", (keys: FileKeys) => overwrite(keys, small)],
    ["deleted", (keys: FileKeys) => env.FILES.delete(keys.path)],
  ])("is left where it was %s meanwhile", async (what, change) => {
    const { after } = await world(large);
    const { bucket, ended } = watched(async (call) => (call === 2 ? change(after) : undefined));
    expect(await resealObject(bucket, after)).toEqual({ type: "changed" });
    expect(ended).toEqual(["aborted"]);
    if (what === "deleted") expect(await env.FILES.head(after.path)).toBeNull();
    else await expectPlain(after, small);
  });

  it("stays where the work is stopped, and its upload is ended", async () => {
    const { before, after } = await world(large);
    const { bucket, ended, parts } = watched();
    const onProgress = (bytes: number) => (bytes > 40 * MIB ? "stop" : "go");
    expect(await resealObject(bucket, after, { onProgress })).toEqual({ type: "stopped" });
    expect([ended, parts]).toEqual([["aborted"], [1, 2]]);
    await expectPlain(before, large);
  });

  it("is left, and its upload is ended, where it is altered further on", async () => {
    const { after } = await world(large);
    const { bytes, metadata } = await storedAt(after.path);
    const at = 800 * STORED_CHUNK_BYTES;
    bytes[at]! ^= 1;
    await putStored(after.path, { bytes, metadata });
    const { bucket, ended } = watched();
    expect(await resealObject(bucket, after)).toEqual({ type: "unreadable", reason: "altered" });
    expect(ended).toEqual(["aborted"]);
    expect(await headSealed(env.FILES, after)).toMatchObject({ value: { version: 1 } });
  });
});
