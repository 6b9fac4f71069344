import { createHash, randomBytes } from "node:crypto";
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import { deriveFileKey } from "../../src/crypto/file-codec";
import type { FileKeys } from "../../src/crypto/file-keys";
import { SealedFileError } from "../../src/crypto/file-opener";
import type { Result } from "../../src/domain/result";
import { fileKey } from "../../src/storage/keys";
import { receiveUpload } from "../../src/storage/receive-upload";
import type { Unreadable } from "../../src/storage/seal-metadata";
import { headSealed, openSealed } from "../../src/storage/sealed-object";
import { freshTenantId } from "../support/tenants";
import { joined, same } from "../crypto/sealed-files";

export const freshPath = (): string => fileKey(freshTenantId(), crypto.randomUUID(), "a.csv");

/** One tenant's key in all its versions. */
export class TestKeyring {
  readonly #root = randomBytes(32);

  /** What the tenant's object would hand out for a path; the last one of the versions is the current one. */
  at(path: string, versions: readonly [number, ...number[]] = [1], acceptsClear = false): FileKeys {
    const all = versions.map((version) => ({
      version,
      bytes: deriveFileKey(this.#tenantKey(version), path),
    }));
    return { path, all, current: all.at(-1)!, acceptsClear };
  }

  #tenantKey(version: number): Uint8Array {
    return createHash("sha256").update(this.#root).update(String(version)).digest();
  }
}

export const freshKeys = (...versions: number[]): FileKeys => {
  const [first = 1, ...others] = versions;
  return new TestKeyring().at(freshPath(), [first, ...others]);
};

/** A byte stream, as a request's body is. */
export const bodyOf = (...pieces: readonly Uint8Array[]): ReadableStream<Uint8Array> =>
  new ReadableStream({
    type: "bytes",
    start(controller) {
      for (const piece of pieces) if (piece.length > 0) controller.enqueue(piece.slice());
      controller.close();
    },
  });

/** Stores a file as an upload is stored. */
export async function store(keys: FileKeys, plain: Uint8Array, sha256: string | null = null): Promise<void> {
  const received = await receiveUpload(env.FILES, keys, {
    body: bodyOf(plain),
    declaredBytes: undefined,
    sizeBytes: plain.length,
    sha256,
    contentType: "text/csv",
  });
  if (!received.ok) throw new Error(received.error.reason);
}

export interface Stored {
  readonly bytes: Uint8Array;
  readonly metadata: Record<string, string>;
}

/** What lies in R2. */
export async function storedAt(path: string): Promise<Stored> {
  const object = await env.FILES.get(path);
  if (object === null) throw new Error(`There is nothing at ${path}.`);
  return { bytes: new Uint8Array(await object.arrayBuffer()), metadata: object.customMetadata ?? {} };
}

export const putStored = (path: string, { bytes, metadata }: Stored): Promise<unknown> =>
  env.FILES.put(path, bytes, { customMetadata: metadata });

/** What came out, and why no more did: null where it came to its end. */
export interface Reading {
  readonly plain: Uint8Array;
  readonly reason: string | null;
}

export async function drained(opened: Result<ReadableStream<Uint8Array>, Unreadable>): Promise<Reading> {
  if (!opened.ok) return { plain: new Uint8Array(0), reason: opened.error.reason };
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of opened.value) pieces.push(piece);
  } catch (error) {
    if (!(error instanceof SealedFileError)) throw error;
    return { plain: joined(pieces), reason: error.reason };
  }
  return { plain: joined(pieces), reason: null };
}

/** Read whole, in the one way and the other: by one call of R2, and by a look first. */
export async function readings(keys: FileKeys): Promise<readonly [Reading, Reading]> {
  const opened = await openSealed(env.FILES, keys);
  const head = await headSealed(env.FILES, keys);
  if ((opened.ok && opened.value === null) || (head.ok && head.value === null))
    throw new Error("There is nothing to read.");
  return [
    await drained(opened.ok ? { ok: true, value: opened.value!.body } : opened),
    await drained(head.ok ? await head.value!.open() : head),
  ];
}

export async function expectPlain(keys: FileKeys, plain: Uint8Array): Promise<void> {
  for (const reading of await readings(keys)) {
    expect(reading.reason).toBeNull();
    expect(reading.plain.length).toBe(plain.length);
    expect(same(reading.plain, plain)).toBe(true);
  }
}

/** Refused, and of what came out before, not a byte is wrong. */
export async function expectRefused(keys: FileKeys, plain: Uint8Array): Promise<readonly string[]> {
  const reasons: string[] = [];
  for (const reading of await readings(keys)) {
    expect(reading.reason).not.toBeNull();
    expect(reading.plain.length).toBeLessThan(Math.max(1, plain.length));
    expect(same(reading.plain, plain.subarray(0, reading.plain.length))).toBe(true);
    reasons.push(reading.reason ?? "");
  }
  return reasons;
}

/** The bucket, with some of its methods done otherwise. */
export const bucketWith = (methods: Partial<R2Bucket>): R2Bucket =>
  new Proxy(env.FILES, {
    get: (bucket, name) => {
      const own: unknown = Reflect.get(methods, name);
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(bucket, name);
      return typeof value === "function" ? value.bind(bucket) : value;
    },
  });
