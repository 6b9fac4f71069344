import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { CHUNK_BYTES, STORED_CHUNK_BYTES } from "../../src/crypto/file-codec";
import type { FileKeys } from "../../src/crypto/file-keys";
import { chunksOf, joined, randomFile } from "../crypto/sealed-files";
import {
  expectPlain,
  expectRefused,
  freshKeys,
  freshPath,
  putStored,
  store,
  type Stored,
  storedAt,
  TestKeyring,
} from "./sealed-world";

/** More than is read at once, and a last chunk that is short. */
const CHUNKS = 20;
const plain = randomFile((CHUNKS - 1) * CHUNK_BYTES + 1234);
const sha256 = Buffer.from(await crypto.subtle.digest("SHA-256", plain)).toString("hex");

const ring = new TestKeyring();
const keys = ring.at(freshPath(), [1, 2]);
await store(keys, plain, sha256);
const original = await storedAt(keys.path);
const chunks = chunksOf(original.bytes);

/** Stores it in the original's place, and says why it does not open. */
async function refused(changed: Partial<Stored>, by: FileKeys = keys): Promise<string> {
  await putStored(by.path, { ...original, ...changed });
  const [one, other] = await expectRefused(by, plain);
  expect(one).toBe(other);
  return one ?? "";
}

const withSeal = (change: (seal: string) => string) => ({
  metadata: { ...original.metadata, seal: change(original.metadata.seal ?? "") },
});

describe("a stored object does not open", () => {
  it("with a bit of any chunk flipped", async () => {
    for (let index = 0; index < CHUNKS; index++) {
      const at = index * STORED_CHUNK_BYTES + ((index * 97) % 1000);
      const bytes = original.bytes.with(at, original.bytes[at]! ^ (1 << (index % 8)));
      expect(await refused({ bytes })).toBe("altered");
    }
  });

  it("cut short, at chunks' ends and within them", async () => {
    for (const kept of [
      0,
      1,
      27,
      28,
      29,
      STORED_CHUNK_BYTES,
      5 * STORED_CHUNK_BYTES,
      16 * STORED_CHUNK_BYTES,
    ])
      await refused({ bytes: original.bytes.subarray(0, kept) });
    await refused({ bytes: original.bytes.subarray(0, -1) });
    await refused({ bytes: original.bytes.subarray(0, 7 * STORED_CHUNK_BYTES + 500) });
  });

  it("with more at its end", async () => {
    for (const count of [1, 28, 29, STORED_CHUNK_BYTES])
      await refused({ bytes: joined([original.bytes, randomFile(count)]) });
    await refused({ bytes: joined([original.bytes, original.bytes]) });
  });

  it("with two chunks in each other's place, one twice, or one left out", async () => {
    for (const [one, other] of [
      [0, 1],
      [3, 17],
      [18, 19],
    ] as const) {
      await refused({ bytes: joined(chunks.with(one, chunks[other]!).with(other, chunks[one]!)) });
      await refused({ bytes: joined(chunks.with(one, chunks[other]!)) });
      await refused({ bytes: joined(chunks.toSpliced(other, 0, chunks[one]!)) });
      await refused({ bytes: joined(chunks.toSpliced(one, 1)) });
    }
  });

  it("of the size of no sealed file", async () => {
    expect(await refused({ bytes: original.bytes.subarray(0, STORED_CHUNK_BYTES + 10) })).toBe("altered");
    expect(await refused({ bytes: new Uint8Array(0) })).toBe("altered");
  });

  it("with a chunk of an older writing of the same path", async () => {
    const same = ring.at(freshPath(), [1, 2]);
    await store(same, plain, sha256);
    const older = await storedAt(same.path);
    await env.FILES.delete(same.path);
    await store(same, plain, sha256);
    const newer = await storedAt(same.path);
    await expectPlain(same, plain);
    for (const index of [0, 1, CHUNKS - 1]) {
      const mixed = chunksOf(newer.bytes).with(index, chunksOf(older.bytes)[index]!);
      expect(await refused({ bytes: joined(mixed), metadata: newer.metadata }, same)).toBe("altered");
    }
    expect(await refused({ bytes: older.bytes, metadata: newer.metadata }, same)).toBe("altered");
    expect(await refused({ bytes: newer.bytes, metadata: older.metadata }, same)).toBe("altered");
  });

  it("at another path, of the same tenant or another, or under another tenant's key", async () => {
    for (const other of [ring.at(freshPath(), [1, 2]), freshKeys(1, 2)])
      expect(await refused({}, other)).toBe("altered");
    expect(await refused({}, new TestKeyring().at(keys.path, [1, 2]))).toBe("altered");
  });

  it("with chunks of another path", async () => {
    const other = ring.at(freshPath(), [1, 2]);
    await store(other, plain);
    const foreign = chunksOf((await storedAt(other.path)).bytes);
    for (const index of [0, 7, CHUNKS - 1])
      expect(await refused({ bytes: joined(chunks.with(index, foreign[index]!)) })).toBe("altered");
  });

  it("under another version of the key than its own", async () => {
    expect(await refused(withSeal((seal) => seal.replace("f1.2.", "f1.1.")))).toBe("altered");
    expect(await refused(withSeal((seal) => seal.replace("f1.2.", "f1.3.")))).toBe("unknown_version");
    expect(await refused({}, ring.at(keys.path, [1]))).toBe("unknown_version");
  });

  const [, , writing = "", commitment = ""] = (original.metadata.seal ?? "").split(".");
  it.each<readonly [string, Record<string, string>]>([
    ["none", {}],
    ["a digest alone", { sha256 }],
    ["no digest, where one was known", { seal: original.metadata.seal ?? "" }],
    ["another digest", { ...original.metadata, sha256: "0".repeat(64) }],
    ["a digest in capitals", { ...original.metadata, sha256: sha256.toUpperCase() }],
    ["a digest that is none", { ...original.metadata, sha256: "none" }],
    ["an empty seal", { sha256, seal: "" }],
    ["another format", { sha256, seal: `f2.2.${writing}.${commitment}` }],
    ["a version of zero", { sha256, seal: `f1.0.${writing}.${commitment}` }],
    ["a version spelt otherwise", { sha256, seal: `f1.02.${writing}.${commitment}` }],
    ["a version too many digits long", { sha256, seal: `f1.2000000000.${writing}.${commitment}` }],
    ["no version", { sha256, seal: `f1..${writing}.${commitment}` }],
    ["another writing", { sha256, seal: `f1.2.${"A".repeat(22)}.${commitment}` }],
    ["a writing cut short", { sha256, seal: `f1.2.${writing.slice(1)}.${commitment}` }],
    ["another commitment", { sha256, seal: `f1.2.${writing}.${"A".repeat(43)}` }],
    ["a commitment cut short", { sha256, seal: `f1.2.${writing}.${commitment.slice(0, 22)}` }],
    ["no commitment", { sha256, seal: `f1.2.${writing}` }],
    ["more behind the seal", { sha256, seal: `f1.2.${writing}.${commitment}.` }],
    ["a line behind the seal", { sha256, seal: `f1.2.${writing}.${commitment}\n` }],
  ])("beside metadata with %s", async (_name, metadata) => {
    expect(await refused({ metadata })).toBe("altered");
  });

  it("beside half its metadata, also where the tenant has files in the clear", async () => {
    const lenient = ring.at(keys.path, [1, 2], true);
    expect(await refused({ metadata: { sha256 } }, lenient)).toBe("altered");
    expect(await refused({ metadata: { sha256, seal: "" } }, lenient)).toBe("altered");
  });

  it("until it is as it was", async () => {
    await refused({ bytes: original.bytes.subarray(1) });
    await putStored(keys.path, original);
    await expectPlain(keys, plain);
  });
});
