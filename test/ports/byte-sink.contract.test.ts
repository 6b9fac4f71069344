import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { ByteSink } from "../../src/catalogue/byte-writer";
import { sha256Hex } from "../../src/crypto/canonical-json";
import { sealedSize } from "../../src/crypto/file-codec";
import type { FileKeys } from "../../src/crypto/file-keys";
import { MultipartSink } from "../../src/storage/multipart-sink";
import { openSealed } from "../../src/storage/sealed-object";
import { bucketWith, drained, freshKeys, storedAt } from "../storage/sealed-world";
import { MemorySink } from "../support/memory-sink";
import { describeKept, keeps, type Contract, type Maker } from "./contract";

const MIB = 1024 ** 2;
/** What an R2 part holds: at, just below and just above it a sink of parts takes different ways. */
const PART = 5 * MIB;

interface Subject {
  readonly sink: ByteSink;
  /** What a reader finds; null where there is nothing. */
  readonly stored: () => Promise<Uint8Array | null>;
}

/** Bytes that differ from place to place, so that a part which is lost, doubled or moved shows. */
function pattern(length: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4)).map((_zero, index) => Math.imul(index, 2_654_435_761));
  return new Uint8Array(words.buffer).subarray(0, length);
}

/** As the engine does it: one buffer for every write, used again as soon as the write is over. */
async function writeAll(sink: ByteSink, bytes: Uint8Array, cut: (index: number) => number): Promise<void> {
  const buffer = new Uint8Array(Math.min(bytes.length, 20 * MIB) + 16);
  for (let from = 0, index = 0; from < bytes.length; index++) {
    const chunk = bytes.subarray(from, from + cut(index));
    // Not at the buffer's beginning: a sink that takes the whole buffer is found out.
    const lent = buffer.subarray(7, 7 + chunk.length);
    lent.set(chunk);
    await sink.write(lent);
    buffer.fill(0xee);
    from += chunk.length;
  }
}

/** Equality of long arrays without a report of their differences. */
function expectSame(stored: Uint8Array | null, bytes: Uint8Array): void {
  expect(stored?.length).toBe(bytes.length);
  expect(Buffer.compare(stored ?? new Uint8Array(), bytes)).toBe(0);
}

const chunkings: readonly (readonly [name: string, length: number, cut: (index: number) => number])[] = [
  ["a single byte", 1, () => 1],
  ["single bytes", 1_000, () => 1],
  ["chunks of any length", 300_000, (index) => 1 + ((index * 7_919) % 5_003)],
  ["one part less a byte", PART - 1, () => 256 * 1024],
  ["exactly one part", PART, () => 256 * 1024],
  ["exactly one part at once", PART, () => PART],
  ["one part and a byte", PART + 1, () => 256 * 1024],
  ["exactly two parts", 2 * PART, () => 3 * MIB],
  ["two parts and a bit at once", 2 * PART + 5, () => 20 * MIB],
  ["chunks across parts", 2 * PART + 77, () => 5 * MIB + 1],
];

const contract: Contract<Subject> = {
  "holds an empty object when nothing was written": async ({ sink, stored }) => {
    await sink.close();
    expectSame(await stored(), new Uint8Array());
  },

  "minds no empty write": async ({ sink, stored }) => {
    await sink.write(new Uint8Array());
    await sink.write(new TextEncoder().encode("ab"));
    await sink.write(new Uint8Array());
    await sink.close();
    expectSame(await stored(), new TextEncoder().encode("ab"));
  },

  ...Object.fromEntries(
    chunkings.map(([name, length, cut]): [string, (subject: Subject) => Promise<void>] => [
      `holds every byte in order, written as ${name}`,
      async ({ sink, stored }) => {
        const bytes = pattern(length);
        await writeAll(sink, bytes, cut);
        await sink.close();
        expectSame(await stored(), bytes);
      },
    ]),
  ),

  "shows nothing before it is closed, however much was written": async ({ sink, stored }) => {
    const bytes = pattern(PART + MIB);
    expect(await stored()).toBeNull();
    await writeAll(sink, bytes.subarray(0, MIB), () => MIB);
    expect(await stored()).toBeNull();
    await writeAll(sink, bytes.subarray(MIB), () => MIB);
    expect(await stored()).toBeNull();
    await sink.close();
    expectSame(await stored(), bytes);
  },
};

/** Beside the port: what the runner relies on when a run ends early. */
const abortContract: Contract<Subject & { readonly sink: Pick<MultipartSink, "abort"> }> = {
  "leaves nothing when it is aborted before a write": async ({ sink, stored }) => {
    await sink.abort();
    expect(await stored()).toBeNull();
  },

  "leaves nothing of one part": async ({ sink, stored }) => {
    await writeAll(sink, pattern(1_000), () => 100);
    await sink.abort();
    expect(await stored()).toBeNull();
  },

  "leaves nothing of several parts, one of them on its way, however often it is aborted": async ({
    sink,
    stored,
  }) => {
    await writeAll(sink, pattern(2 * PART + 5), () => 5 * MIB);
    await sink.abort();
    await sink.abort();
    expect(await stored()).toBeNull();
  },

  "keeps a small object that is closed": async ({ sink, stored }) => {
    await writeAll(sink, pattern(1_000), () => 100);
    await sink.close();
    await sink.abort();
    expectSame(await stored(), pattern(1_000));
  },

  "keeps a large object that is closed": async ({ sink, stored }) => {
    await writeAll(sink, pattern(PART + 5), () => MIB);
    await sink.close();
    await sink.abort();
    expectSame(await stored(), pattern(PART + 5));
  },
};

/** What a reader of the bucket finds at a path, opened. */
async function openedAt(keys: FileKeys): Promise<Uint8Array | null> {
  const opened = await openSealed(env.FILES, keys);
  if (opened.ok && opened.value === null) return null;
  const { plain, reason } = await drained(opened.ok ? { ok: true, value: opened.value!.body } : opened);
  if (reason !== null) throw new Error(reason);
  return plain;
}

async function r2(clause: (subject: Subject & { sink: MultipartSink }) => void | Promise<void>) {
  const keys = freshKeys();
  await clause({
    sink: new MultipartSink(env.FILES, keys, { httpMetadata: { contentType: "text/csv" } }),
    stored: () => openedAt(keys),
  });
  await env.FILES.delete(keys.path);
}

const memory: Maker<Subject> = async (clause) => {
  const sink = new MemorySink();
  await clause({ sink, stored: async () => (sink.isClosed ? sink.bytes() : null) });
};

describe("ByteSink", () => {
  describeKept("MultipartSink over R2", contract, r2);
  describeKept("the engine tests' sink in memory", contract, memory);
});

describe("MultipartSink", () => {
  describeKept("when it is given up", abortContract, r2);

  it("fails, shows nothing and ends its upload when R2 takes a part no more", async () => {
    const keys = freshKeys();
    const ended: string[] = [];
    const refuse = async (partNumber: number) => {
      if (partNumber === 2) throw new Error("R2 is down");
    };
    const sink = new MultipartSink(watched(refuse, ended), keys, {});
    const run = async () => {
      await writeAll(sink, pattern(3 * PART + 5), () => MIB);
      await sink.close();
    };
    await expect(run()).rejects.toThrow("R2 is down");
    await sink.abort();
    expect(ended).toEqual(["aborted"]);
    expect(await env.FILES.head(keys.path)).toBeNull();
  });

  it.each([
    [PART, []],
    [PART + 1, [PART, 1]],
    [2 * PART, [PART, PART]],
    [2 * PART + 77, [PART, PART, 77]],
  ])("sends %i bytes as equal parts and a last one that is not empty", async (length, parts) => {
    const keys = freshKeys();
    const sizes: number[] = [];
    const note = async (_partNumber: number, body: Uint8Array) => void sizes.push(body.length);
    const sink = new MultipartSink(watched(note, []), keys, {});
    await writeAll(sink, pattern(length), () => 3 * MIB);
    await sink.close();
    expect(sizes).toEqual(parts.map(sealedSize));
    expectSame(await openedAt(keys), pattern(length));
  });

  it("has one part on its way, and lets its writer fill another meanwhile", async () => {
    const order: string[] = [];
    const arrive: (() => void)[] = [];
    const hold = (part: number) =>
      new Promise<void>((resolve) => {
        order.push(`part ${part} leaves`);
        arrive.push(() => {
          order.push(`part ${part} arrives`);
          resolve();
        });
      });
    const sink = new MultipartSink(watched(hold, []), freshKeys(), {});
    expect(sink.write(pattern(PART))).toBeUndefined();
    await sink.write(pattern(PART));
    const third = sink.write(pattern(1));
    // Time for a second part to leave, if it would.
    for (let turn = 0; turn < 20; turn++) await env.FILES.head("nothing");
    expect(order).toEqual(["part 1 leaves"]);
    arrive[0]!();
    await third;
    expect(order).toEqual(["part 1 leaves", "part 1 arrives", "part 2 leaves"]);
    arrive[1]!();
    await sink.abort();
  });

  it("keeps the plaintext's digest of what fits one part, and of no more", async () => {
    const bytes = pattern(PART + 1);
    for (const length of [0, 1000, PART, PART + 1]) {
      const keys = freshKeys();
      const sink = new MultipartSink(env.FILES, keys, {});
      await writeAll(sink, bytes.subarray(0, length), () => MIB);
      await sink.close();
      const opened = await openSealed(env.FILES, keys);
      if (!opened.ok || opened.value === null) throw new Error("unreadable");
      await opened.value.body.cancel();
      expect(opened.value.sha256).toBe(length > PART ? null : sha256Hex(bytes.subarray(0, length)));
    }
  });

  it.each([100_000, PART + 100_000])("shows nothing of %i bytes in what it stores", async (length) => {
    const keys = freshKeys(1, 2);
    const sink = new MultipartSink(env.FILES, keys, {});
    await writeAll(sink, new TextEncoder().encode("CANARY".repeat(length / 6)), () => 50_000);
    await sink.close();
    const { bytes, metadata } = await storedAt(keys.path);
    expect(Buffer.from(bytes).includes("CANARY")).toBe(false);
    expect(metadata.seal).toMatch(/^f1\.2\./);
  });
});

/** The bucket, which asks before it takes a part of any upload, and says how uploads end. */
function watched(ask: (partNumber: number, body: Uint8Array) => Promise<void>, ended: string[]): R2Bucket {
  const createMultipartUpload: R2Bucket["createMultipartUpload"] = async (key, options) => {
    const upload = await env.FILES.createMultipartUpload(key, options);
    return {
      key,
      uploadId: upload.uploadId,
      abort: () => upload.abort().then(() => void ended.push("aborted")),
      complete: (parts) => upload.complete(parts).finally(() => ended.push("completed")),
      uploadPart: async (partNumber, body) => {
        await ask(partNumber, body as Uint8Array);
        return upload.uploadPart(partNumber, body);
      },
    };
  };
  return bucketWith({ createMultipartUpload });
}

/** Over a list of chunks that a faulty sink keeps in its own way. */
const faulty =
  (sinkOf: (chunks: Uint8Array[], state: { isClosed: boolean }) => ByteSink): Maker<Subject> =>
  async (clause) => {
    const chunks: Uint8Array[] = [];
    const state = { isClosed: false };
    const stored = async () => (state.isClosed ? new Uint8Array(Buffer.concat(chunks)) : null);
    await clause({ sink: sinkOf(chunks, state), stored });
  };

describe("the contract finds a sink that", () => {
  const close = (state: { isClosed: boolean }) => async () => void (state.isClosed = true);
  it.each<readonly [string, Maker<Subject>, string]>([
    [
      "keeps the engine's buffer instead of a copy",
      faulty((chunks, state) => ({ write: (bytes) => void chunks.push(bytes), close: close(state) })),
      "holds every byte in order, written as single bytes",
    ],
    [
      "takes all that the buffer is a view of",
      faulty((chunks, state) => ({
        write: (bytes) => void chunks.push(new Uint8Array(bytes.buffer.slice(0))),
        close: close(state),
      })),
      "holds every byte in order, written as a single byte",
    ],
    [
      "turns the order around",
      faulty((chunks, state) => ({
        write: (bytes) => void chunks.unshift(bytes.slice()),
        close: close(state),
      })),
      "holds every byte in order, written as single bytes",
    ],
    [
      "shows what is not finished",
      faulty((chunks, state) => ({
        write: (bytes) => {
          chunks.push(bytes.slice());
          state.isClosed = true;
        },
        close: close(state),
      })),
      "shows nothing before it is closed, however much was written",
    ],
    [
      "makes no object of nothing",
      faulty((chunks, state) => ({
        write: (bytes) => void chunks.push(bytes.slice()),
        close: async () => void (state.isClosed = chunks.length > 0),
      })),
      "holds an empty object when nothing was written",
    ],
  ])("%s", async (_fault, make, clause) => {
    expect(await keeps(make, contract, clause)).toBe(false);
  });
});
