import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { DigestingSink, ReportDigest } from "../../src/storage/report-digest";
import { MemorySink } from "../support/memory-sink";

const BLOCK = 5 * 1024 ** 2;
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();

/** Bytes that do not repeat at a block's border. */
function sample(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 4096) new DataView(bytes.buffer).setUint8(at, (at / 4096) % 251);
  return bytes;
}

function digestOf(bytes: Uint8Array, chunk: number): string {
  const digest = new ReportDigest();
  for (let at = 0; at < bytes.length; at += chunk) digest.update(bytes.subarray(at, at + chunk));
  return digest.digest();
}

describe("a report's digest", () => {
  it.each([0, 1, 1000, BLOCK - 1, BLOCK])("is plain SHA-256 of %i bytes", (length) => {
    const bytes = sample(length);
    expect(digestOf(bytes, 100_000)).toBe(`sha256:${sha256(bytes).toString("hex")}`);
  });

  it.each([BLOCK + 1, 2 * BLOCK, 2 * BLOCK + 12_345])(
    "of %i bytes is SHA-256 over its blocks' SHA-256, however they arrive",
    (length) => {
      const bytes = sample(length);
      const blocks: Buffer[] = [];
      for (let at = 0; at < length; at += BLOCK) blocks.push(sha256(bytes.subarray(at, at + BLOCK)));
      const expected = `sha256-5MiB:${sha256(Buffer.concat(blocks)).toString("hex")}`;
      for (const chunk of [65_536, 1_000_003, BLOCK, length]) expect(digestOf(bytes, chunk)).toBe(expected);
    },
  );

  it("is there once what passed through is closed, and not before", async () => {
    const memory = new MemorySink();
    const sink = new DigestingSink(memory);
    await sink.write(new TextEncoder().encode("abc"));
    expect(() => sink.digest).toThrow(/before its end/);
    await sink.close();
    expect(sink.digest).toBe("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect(memory.isClosed).toBe(true);
    expect(new TextDecoder().decode(memory.bytes())).toBe("abc");
  });
});
