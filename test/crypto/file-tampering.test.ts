import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  CHUNK_BYTES,
  deriveFileKey,
  lastChunkOf,
  sealedSize,
  STORED_CHUNK_BYTES,
} from "../../src/crypto/file-codec";
import { FileOpener, SealedFileError } from "../../src/crypto/file-opener";
import {
  chunksOf,
  joined,
  openedBySize,
  openedRange,
  openedWhole,
  type Opening,
  randomFile,
  same,
  sealed,
} from "./sealed-files";

const tenantKey = randomBytes(32);
const PATH = "t_a/files/0190a5f0-0000-7000-8000-000000000001/a.csv";
const key = deriveFileKey(tenantKey, PATH);

/** Five chunks, the last of them short. */
const SIZE = 4 * CHUNK_BYTES + 1234;
const plain = randomFile(SIZE);
const stored = await sealed(key, plain);
const chunks = chunksOf(stored);

/** Refused, and of what came out before not a byte is wrong or of chunk `fromChunk` and later. */
function expectRefused(opening: Opening, fromChunk: number): void {
  expect(opening.reason).not.toBeNull();
  expect(opening.plain.length).toBeLessThanOrEqual(fromChunk * CHUNK_BYTES);
  expect(same(opening.plain, plain.subarray(0, opening.plain.length))).toBe(true);
}

/** By who knows the file's size, and by who believes that of the stored object. */
async function refused(altered: Uint8Array, fromChunk: number): Promise<void> {
  expectRefused(await openedWhole(key, altered, SIZE), fromChunk);
  const bySize = await openedBySize(key, altered);
  if (bySize !== null) expectRefused(bySize, fromChunk);
}

describe("a sealed file does not open", () => {
  it.each([0, 1, 2, 3, 4])("with one bit of chunk %i flipped", async (index) => {
    const start = index * STORED_CHUNK_BYTES;
    const length = chunks[index]!.length;
    for (const at of [0, 11, 12, 13, length >> 1, length - 17, length - 16, length - 1]) {
      const altered = Uint8Array.from(stored);
      altered[start + at]! ^= 1 << (at % 8);
      await refused(altered, index);
    }
  });

  it("with any byte of a small file altered, or with any number of them missing", async () => {
    const small = await sealed(key, plain.subarray(0, 100));
    for (let at = 0; at < small.length; at++) {
      const altered = Uint8Array.from(small);
      altered[at]! ^= 0x40;
      expect(await openedWhole(key, altered, 100)).toEqual({ plain: new Uint8Array(0), reason: "altered" });
      const cutShort = small.subarray(0, at);
      expect((await openedWhole(key, cutShort, 100)).reason).not.toBeNull();
      expect((await openedBySize(key, cutShort))?.reason).not.toBeNull();
    }
  });

  it("cut short anywhere", async () => {
    const borders = [0, 1, 11, 12, 27, 28, 29, STORED_CHUNK_BYTES - 1].flatMap((at) =>
      [0, 1, 2, 3, 4].map((index) => index * STORED_CHUNK_BYTES + at),
    );
    for (const length of borders.filter((at) => at < stored.length))
      await refused(stored.subarray(0, length), Math.floor(length / STORED_CHUNK_BYTES));
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: stored.length - 1 }), async (length) =>
        refused(stored.subarray(0, length), Math.floor(length / STORED_CHUNK_BYTES)),
      ),
      { numRuns: 40 },
    );
  });

  it.each([0, 1, 2, 3, 4])("without its chunk %i", async (index) => {
    await refused(joined(chunks.toSpliced(index, 1)), index);
  });

  it.each([0, 1, 2, 3, 4])("with its chunk %i twice", async (index) => {
    await refused(joined(chunks.toSpliced(index, 0, chunks[index]!)), index + 1);
  });

  it("with two chunks in each other's place", async () => {
    for (const [one, other] of [
      [0, 1],
      [1, 3],
      [0, 4],
      [3, 4],
    ] as const) {
      const swapped = chunks.with(one, chunks[other]!).with(other, chunks[one]!);
      await refused(joined(swapped), one);
    }
  });

  it("with one chunk over another", async () => {
    for (const [from, to] of [
      [0, 1],
      [2, 0],
      [3, 2],
    ] as const)
      await refused(joined(chunks.with(to, chunks[from]!)), to);
  });

  it.each([1, 27, 28, 29, 1000, STORED_CHUNK_BYTES, 3 * STORED_CHUNK_BYTES])(
    "with %i bytes after its end",
    async (count) => {
      await refused(joined([stored, randomFile(count)]), 4);
      await refused(joined([stored, new Uint8Array(count)]), 4);
    },
  );

  it("with bytes after an end that is a full chunk", async () => {
    const full = await sealed(key, plain.subarray(0, 2 * CHUNK_BYTES));
    for (const count of [1, 28, 29, STORED_CHUNK_BYTES]) {
      const longer = joined([full, randomFile(count)]);
      const opening = await openedWhole(key, longer, 2 * CHUNK_BYTES);
      expect(opening.reason).toBe("trailing");
      expectRefused(opening, 1);
    }
  });

  it("at another path or with another tenant's key", async () => {
    for (const other of [
      deriveFileKey(tenantKey, PATH.replace("a.csv", "b.csv")),
      deriveFileKey(tenantKey, PATH.replace("t_a", "t_b")),
      deriveFileKey(randomBytes(32), PATH),
    ])
      expect(await openedWhole(other, stored, SIZE)).toEqual({ plain: new Uint8Array(0), reason: "altered" });
  });

  it("with a chunk of another file in its place, of the same index and size", async () => {
    for (const other of [
      deriveFileKey(tenantKey, PATH.replace("a.csv", "b.csv")),
      deriveFileKey(randomBytes(32), PATH),
    ]) {
      const foreign = chunksOf(await sealed(other, plain));
      for (const index of [0, 2, 4]) await refused(joined(chunks.with(index, foreign[index]!)), index);
    }
  });
});

describe("the last chunk's flag", () => {
  it("keeps a chunk from the middle from ending a file", async () => {
    for (const kept of [1, 2, 3, 4]) {
      const shorter = joined(chunks.slice(0, kept));
      const opening = await openedWhole(key, shorter, kept * CHUNK_BYTES);
      expect(opening.reason).toBe("altered");
      expectRefused(opening, kept - 1);
    }
  });

  it("keeps the end of a file from standing in the middle of a longer one", async () => {
    const shorter = chunksOf(await sealed(key, plain.subarray(0, 2 * CHUNK_BYTES)));
    await refused(joined([...shorter, ...chunks.slice(2)]), 1);
  });

  it("keeps a file from being read with a later or an earlier end than it has", async () => {
    const full = await sealed(key, plain.subarray(0, 2 * CHUNK_BYTES));
    const reasons: (string | null)[] = [];
    for (const [lastChunk, length] of [
      [0, CHUNK_BYTES],
      [2, 2 * CHUNK_BYTES],
      [2, 3 * CHUNK_BYTES],
      [9, 2 * CHUNK_BYTES],
    ] as const) {
      const opener = new FileOpener(key, { firstChunk: 0, lastChunk, skip: 0, length });
      const open = async () => [...(await opener.push(full)), ...(await opener.finish())];
      reasons.push(
        await open().then(
          () => null,
          (error: SealedFileError) => error.reason,
        ),
      );
    }
    expect(reasons).toEqual(["trailing", "altered", "truncated", "altered"]);
  });

  it("is not given to an empty chunk behind others", async () => {
    const parts = [
      await sealed(key, plain.subarray(0, CHUNK_BYTES), { endsFile: false }),
      chunks[4]!.subarray(0, 28),
    ];
    expect(await openedBySize(key, joined(parts))).toBeNull();
    const options = { firstChunk: 0, lastChunk: 1, skip: 0, length: CHUNK_BYTES + 1 };
    const opener = new FileOpener(key, options);
    await opener.push(joined(parts));
    await expect(opener.finish()).rejects.toMatchObject({ reason: "truncated" });
  });
});

describe("a range does not open", () => {
  const range = { offset: CHUNK_BYTES + 10, length: CHUNK_BYTES };

  it("where a chunk that it lies in is altered, and does where another one is", async () => {
    for (const index of [0, 1, 2, 3, 4]) {
      const altered = Uint8Array.from(stored);
      altered[index * STORED_CHUNK_BYTES + 100]! ^= 1;
      const { reason } = await openedRange(key, altered, range, SIZE);
      expect(reason).toBe(index === 1 || index === 2 ? "altered" : null);
    }
  });

  it("from other chunks than its own", async () => {
    const { reason, plain: out } = await openedRange(key, joined(chunks.slice(1)), range, SIZE);
    expect(reason).toBe("altered");
    expect(out).toHaveLength(0);
  });

  it("from fewer or more stored bytes than it needs", async () => {
    const whole = stored.subarray(STORED_CHUNK_BYTES, 3 * STORED_CHUNK_BYTES);
    const options = { firstChunk: 1, lastChunk: lastChunkOf(SIZE), skip: 10, length: CHUNK_BYTES };
    const reasonFor = async (bytes: Uint8Array) => {
      const opener = new FileOpener(key, options);
      try {
        await opener.push(bytes);
        await opener.finish();
        return null;
      } catch (error) {
        return (error as SealedFileError).reason;
      }
    };
    expect(await reasonFor(whole)).toBeNull();
    expect(await reasonFor(whole.subarray(0, -1))).toBe("truncated");
    expect(await reasonFor(whole.subarray(0, STORED_CHUNK_BYTES))).toBe("truncated");
    expect(await reasonFor(new Uint8Array(0))).toBe("truncated");
    expect(await reasonFor(stored.subarray(STORED_CHUNK_BYTES, 3 * STORED_CHUNK_BYTES + 1))).toBe("trailing");
  });

  it("beyond the bytes that the last chunk has", async () => {
    const opening = await openedWhole(key, stored, SIZE + 1);
    expect(opening.reason).toBe("truncated");
    expectRefused(opening, 4);
  });
});

describe("an opener that has met a fault", () => {
  it("gives out nothing more, and says the same again", async () => {
    const altered = Uint8Array.from(stored);
    altered[20]! ^= 1;
    const opener = new FileOpener(key, {
      firstChunk: 0,
      lastChunk: lastChunkOf(SIZE),
      skip: 0,
      length: SIZE,
    });
    await expect(opener.push(altered.subarray(0, 2 * STORED_CHUNK_BYTES))).rejects.toBeInstanceOf(
      SealedFileError,
    );
    await expect(opener.push(altered.subarray(2 * STORED_CHUNK_BYTES))).rejects.toMatchObject({
      name: "SealedFileError",
      reason: "altered",
    });
    await expect(opener.finish()).rejects.toMatchObject({ reason: "altered" });
  });

  it("has said of an empty file that it is whole, and of no file that it is not", async () => {
    const empty = await sealed(key, new Uint8Array(0));
    expect(empty).toHaveLength(sealedSize(0));
    expect(await openedWhole(key, empty, 0)).toEqual({ plain: new Uint8Array(0), reason: null });
    expect((await openedWhole(key, new Uint8Array(0), 0)).reason).toBe("truncated");
    expect((await openedWhole(key, new Uint8Array(28), 0)).reason).toBe("altered");
  });
});
