import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { sha256Hex } from "../../src/crypto/canonical-json";
import { CHUNK_BYTES, STORED_CHUNK_BYTES } from "../../src/crypto/file-codec";
import type { FileKeys } from "../../src/crypto/file-keys";
import { serveObject } from "../../src/storage/serve-object";
import { randomFile, same } from "../crypto/sealed-files";
import { bucketWith, freshKeys, freshPath, putStored, store, storedAt, TestKeyring } from "./sealed-world";

const SIZE = 200_000;
const plain = randomFile(SIZE);
const keys = freshKeys();
await store(keys, plain, sha256Hex(plain));
const etag = (await env.FILES.head(keys.path))?.httpEtag ?? "";

const serve = (
  headers: Record<string, string> = {},
  method = "GET",
  by: FileKeys = keys,
  bucket = env.FILES,
) => serveObject(bucket, by, "relatório.csv", new Request("https://edge.test/", { method, headers }));

/** What a client is sent, its body read to the end. */
async function answered(...call: Parameters<typeof serve>) {
  const served = await serve(...call);
  if (!("headers" in served)) throw new Error(`served as ${served.status}`);
  const { status, headers, body } = served;
  const bytes = new Uint8Array(await new Response(body).arrayBuffer());
  return { status, headers: new Headers(headers.map(([name, value]) => [name, value])), bytes };
}

describe("a download", () => {
  it("is the plaintext, with its size, digest and type", async () => {
    const { status, headers, bytes } = await answered();
    expect(status).toBe(200);
    expect(same(bytes, plain)).toBe(true);
    expect(Object.fromEntries(headers)).toEqual({
      "accept-ranges": "bytes",
      "content-disposition": "attachment; filename*=UTF-8''relat%C3%B3rio.csv",
      "content-length": String(SIZE),
      "content-security-policy": "sandbox",
      "content-type": "text/csv",
      etag,
      "repr-digest": `sha-256=:${Buffer.from(sha256Hex(plain), "hex").toString("base64")}:`,
    });
  });

  it("has a body of known length, so that its Content-Length is kept", async () => {
    const served = await serve();
    if (!("body" in served)) throw new Error("not served");
    const copied = freshPath();
    // R2 takes no stream of unknown length.
    await env.FILES.put(copied, served.body);
    expect(same((await storedAt(copied)).bytes, plain)).toBe(true);
  });

  it.each([
    ["bytes=0-0", 0, 0],
    ["bytes=0-65535", 0, 65_535],
    ["bytes=65536-65536", 65_536, 65_536],
    ["bytes=65530-131080", 65_530, 131_080],
    ["bytes=199999-", 199_999, SIZE - 1],
    ["bytes=100-999999999", 100, SIZE - 1],
    ["bytes=-1", SIZE - 1, SIZE - 1],
    ["bytes=-70000", SIZE - 70_000, SIZE - 1],
    ["bytes=-999999999", 0, SIZE - 1],
  ])("of %s is those bytes of the plaintext", async (range, start, end) => {
    const { status, headers, bytes } = await answered({ range });
    expect(status).toBe(206);
    expect(headers.get("content-range")).toBe(`bytes ${start}-${end}/${SIZE}`);
    expect(headers.get("content-length")).toBe(String(end - start + 1));
    expect(same(bytes, plain.subarray(start, end + 1))).toBe(true);
  });

  it.each(["bytes=200000-", "bytes=200000-200001", "bytes=-0"])("of %s is not satisfiable", async (range) => {
    expect(await serve({ range })).toEqual({ status: 416, size: SIZE });
  });

  it.each(["bytes=5-4", "bytes=0-1,3-4", "lines=0-1", "bytes=", "bytes=-", "bytes=a-b"])(
    "of %s is whole",
    async (range) => {
      const { status, bytes } = await answered({ range });
      expect([status, bytes.length]).toEqual([200, SIZE]);
    },
  );

  it("is a range only of the representation that the client has", async () => {
    expect((await serve({ range: "bytes=0-1", "if-range": etag })).status).toBe(206);
    expect((await serve({ range: "bytes=0-1", "if-range": '"other"' })).status).toBe(200);
  });

  it("is not sent to a client that has it", async () => {
    for (const have of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const served = await serve({ "if-none-match": have });
      expect(served).toMatchObject({ status: 304, body: null });
    }
    expect((await serve({ "if-none-match": '"other"' })).status).toBe(200);
  });

  it("has no body for HEAD, and reads none", async () => {
    const get = () => expect.fail("HEAD reads no bytes");
    const bucket = bucketWith({ get } as unknown as R2Bucket);
    const { status, headers, bytes } = await answered({ range: "bytes=10-19" }, "HEAD", keys, bucket);
    expect([status, bytes.length]).toEqual([206, 0]);
    expect(headers.get("content-length")).toBe("10");
    expect(headers.get("content-range")).toBe(`bytes 10-19/${SIZE}`);
  });

  it("of an empty file is empty", async () => {
    const empty = freshKeys();
    await store(empty, new Uint8Array(0));
    const { status, headers, bytes } = await answered({}, "GET", empty);
    expect([status, headers.get("content-length"), bytes.length]).toEqual([200, "0", 0]);
    expect(headers.has("repr-digest")).toBe(false);
    expect(await serve({ range: "bytes=0-" }, "GET", empty)).toEqual({ status: 416, size: 0 });
  });

  it("of nothing is 404", async () => {
    expect(await serve({}, "GET", freshKeys())).toEqual({ status: 404 });
  });
});

describe("a download of what does not open", () => {
  const unreadable = (reason: string) => ({ status: "unreadable", reason });
  const alteredAt = async (chunk: number, content = plain) => {
    const own = freshKeys();
    await store(own, content);
    const { bytes, metadata } = await storedAt(own.path);
    const at = chunk * STORED_CHUNK_BYTES + 20;
    await putStored(own.path, { bytes: bytes.with(at, bytes[at]! ^ 1), metadata });
    return own;
  };

  it("is known before a header is sent", async () => {
    const own = await alteredAt(0);
    expect(await serve({}, "GET", own)).toEqual(unreadable("altered"));
    expect(await serve({ range: "bytes=5-9" }, "GET", own)).toEqual(unreadable("altered"));
    expect((await answered({ range: `bytes=${CHUNK_BYTES}-` }, "GET", own)).status).toBe(206);
  });

  it("further on ends short of its length, behind bytes that are right", async () => {
    const large = randomFile(60 * CHUNK_BYTES);
    const served = await serve({}, "GET", await alteredAt(50, large));
    if (!("body" in served) || served.body === null) throw new Error("not served");
    let taken = 0;
    const readAll = async () => {
      for await (const piece of served.body as ReadableStream<Uint8Array>) {
        expect(same(piece, large.subarray(taken, taken + piece.length))).toBe(true);
        taken += piece.length;
      }
    };
    await expect(readAll()).rejects.toThrow();
    expect(taken).toBeLessThanOrEqual(50 * CHUNK_BYTES);
  });

  it("for want of its key, or because it lies in the clear", async () => {
    const ring = new TestKeyring();
    const path = freshPath();
    await store(ring.at(path, [1]), plain);
    expect(await serve({}, "GET", ring.at(path, [2]))).toEqual(unreadable("unknown_version"));
    expect(await serve({}, "HEAD", ring.at(path, [2]))).toEqual(unreadable("unknown_version"));
    await env.FILES.put(path, plain);
    expect(await serve({}, "GET", ring.at(path, [1]))).toEqual(unreadable("altered"));
    expect((await answered({}, "GET", ring.at(path, [1], true))).bytes.length).toBe(SIZE);
  });
});

describe("a download of what is overwritten meanwhile", () => {
  const overwriting = (own: FileKeys, times: number) => {
    let gets = 0;
    const get = async (key: string, options: R2GetOptions) => {
      if (gets++ < times) {
        await env.FILES.delete(key);
        await store(own, plain.subarray(0, SIZE - gets));
      }
      return env.FILES.get(key, options);
    };
    return bucketWith({ get } as unknown as R2Bucket);
  };

  it("is of the newer one, in all that is said of it", async () => {
    const own = freshKeys();
    await store(own, plain);
    const { headers, bytes } = await answered({ range: "bytes=-5" }, "GET", own, overwriting(own, 1));
    expect(headers.get("content-range")).toBe(`bytes ${SIZE - 6}-${SIZE - 2}/${SIZE - 1}`);
    expect(headers.get("etag")).toBe((await env.FILES.head(own.path))?.httpEtag);
    expect(same(bytes, plain.subarray(SIZE - 6, SIZE - 1))).toBe(true);
  });

  it("is given up where that goes on", async () => {
    const own = freshKeys();
    await store(own, plain);
    const served = await serve({}, "GET", own, overwriting(own, 99));
    expect(served).toEqual({ status: "unreadable", reason: "overwritten" });
  });
});
