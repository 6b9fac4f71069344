import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  CHUNK_BYTES,
  CHUNK_OVERHEAD_BYTES,
  deriveFileKey,
  fileKeyCommitment,
  lastChunkOf,
  plainSize,
  sealedRange,
  sealedSize,
  STORED_CHUNK_BYTES,
} from "../../src/crypto/file-codec";
import { FileOpener, openStream, SealedFileError, type OpenOptions } from "../../src/crypto/file-opener";
import { FileSealer, sealStream, type SealOptions } from "../../src/crypto/file-sealer";

const TENANT_KEY = new Uint8Array(32).fill(7);
const KEY = deriveFileKey(TENANT_KEY, "t_a/files/1/a.csv");
const SIZES = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 3 * CHUNK_BYTES + 17];

/** Bytes that differ from chunk to chunk. */
function pattern(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at++) bytes[at] = (at * 31 + (at >> 16) * 7) & 0xff;
  return bytes;
}

function* cut(bytes: Uint8Array, pieceBytes: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.slice(at, at + pieceBytes);
}

const joined = (pieces: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(pieces));

async function seal(plain: Uint8Array, options: SealOptions = {}, pieceBytes = 50_000, key = KEY) {
  const sealer = new FileSealer(key, options);
  const pieces: Uint8Array[] = [];
  for (const piece of cut(plain, pieceBytes)) pieces.push(...(await sealer.push(piece)));
  return joined([...pieces, ...(await sealer.finish())]);
}

async function open(sealed: Uint8Array, options: OpenOptions, pieceBytes = 70_000, key = KEY) {
  const opener = new FileOpener(key, options);
  const pieces: Uint8Array[] = [];
  for (const piece of cut(sealed, pieceBytes)) pieces.push(...(await opener.push(piece)));
  return joined([...pieces, ...(await opener.finish())]);
}

const whole = (plainBytes: number): OpenOptions => ({
  firstChunk: 0,
  lastChunk: lastChunkOf(plainBytes),
  skip: 0,
  length: plainBytes,
});

/** What opening gives: the bytes, or the reason it failed for. */
const outcome = (sealed: Uint8Array, options: OpenOptions, key = KEY): Promise<Uint8Array | string> =>
  open(sealed, options, 70_000, key).catch((error: unknown) => {
    if (error instanceof SealedFileError) return error.reason;
    throw error;
  });

const chunkOf = (sealed: Uint8Array, index: number): Uint8Array =>
  sealed.slice(index * STORED_CHUNK_BYTES, (index + 1) * STORED_CHUNK_BYTES);

describe("a sealed file", () => {
  it.each(SIZES)(
    "of %i bytes opens to what was sealed, in whatever pieces it comes and goes",
    async (size) => {
      const plain = pattern(size);
      for (const [into, out] of [
        [CHUNK_BYTES, STORED_CHUNK_BYTES],
        [1_000_003, 1_000_003],
        [4_099, 8_191],
      ] as const) {
        const sealed = await seal(plain, {}, into);
        expect(sealed.length).toBe(sealedSize(size));
        expect(plainSize(sealed.length)).toBe(size);
        expect(await open(sealed, whole(size), out)).toEqual(plain);
      }
    },
  );

  it("opens in any pieces of any size", async () => {
    const size = fc.integer({ min: 0, max: 3 * CHUNK_BYTES });
    const piece = fc.integer({ min: 500, max: 200_000 });
    await fc.assert(
      fc.asyncProperty(size, piece, piece, async (bytes, into, out) => {
        const plain = pattern(bytes);
        expect(await open(await seal(plain, {}, into), whole(bytes), out)).toEqual(plain);
      }),
      { numRuns: 40, seed: 4 },
    );
  });

  it("never looks the same twice, and shows nothing of its text", async () => {
    const plain = new TextEncoder().encode("canary,".repeat(20_000));
    const [first, second] = [await seal(plain), await seal(plain)];
    expect(Buffer.from(first).equals(second)).toBe(false);
    expect(Buffer.from(first).includes("canary")).toBe(false);
  });

  it("gives any range by its own chunks alone", async () => {
    const bytes = 5 * CHUNK_BYTES + 99;
    const plain = pattern(bytes);
    const sealed = await seal(plain);
    const place = fc.integer({ min: 0, max: bytes });
    await fc.assert(
      fc.asyncProperty(place, place, async (a, b) => {
        const [offset, length] = [Math.min(a, b), Math.abs(a - b)];
        const range = sealedRange({ offset, length }, bytes);
        const { firstChunk, skip } = range;
        const stored = sealed.slice(range.offset, range.offset + range.length);
        const options = { firstChunk, lastChunk: lastChunkOf(bytes), skip, length };
        expect(await open(stored, options)).toEqual(plain.slice(offset, offset + length));
      }),
      { numRuns: 60, seed: 5 },
    );
  });

  it("streams both ways, whatever the readers' pace", async () => {
    const plain = pattern(4 * CHUNK_BYTES + 5);
    const pieces = cut(plain, 33_333);
    const source = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        const { done, value } = pieces.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
    });
    const opened = source.pipeThrough(sealStream(KEY)).pipeThrough(openStream(KEY, whole(plain.length)));
    const seen: Uint8Array[] = [];
    for await (const piece of opened) seen.push(piece);
    expect(joined(seen)).toEqual(plain);
  });
});

describe("a file in parts", () => {
  const part = 2 * CHUNK_BYTES;
  const plain = pattern(2 * part + 7);
  const parts = [...cut(plain, part)];
  const sealPart = (index: number) =>
    seal(parts[index]!, { firstChunk: index * 2, endsFile: index === parts.length - 1 });

  it("opens when its parts were sealed by themselves, in any order, and one of them twice", async () => {
    const [last, first, , middle] = [
      await sealPart(2),
      await sealPart(0),
      await sealPart(1),
      await sealPart(1),
    ];
    expect(await open(joined([first, middle, last]), whole(plain.length))).toEqual(plain);
  });

  it("does not open when parts are swapped or left out, nor when one that does not end it ends it", async () => {
    const [first, middle, last] = [await sealPart(0), await sealPart(1), await sealPart(2)];
    expect(await outcome(joined([middle, first, last]), whole(plain.length))).toBe("altered");
    expect(await outcome(joined([first, last]), whole(plain.length))).toBe("truncated");
    expect(await outcome(joined([first, last]), whole(part + 7))).toBe("altered");
    expect(await outcome(joined([first, middle]), whole(2 * part))).toBe("altered");
  });

  it("takes whole chunks alone for a part that does not end it", async () => {
    await expect(seal(pattern(CHUNK_BYTES + 1), { endsFile: false })).rejects.toThrow(RangeError);
  });
});

describe("a file that was tampered with", () => {
  const bytes = 3 * CHUNK_BYTES + 50;
  const plain = pattern(bytes);

  it.each<[string, number]>([
    ["a nonce", 3],
    ["a text", 20_000],
    ["a tag", STORED_CHUNK_BYTES - 1],
    ["a middle chunk", STORED_CHUNK_BYTES + 100],
    ["the last chunk", 3 * STORED_CHUNK_BYTES + 30],
  ])("by a bit of %s does not open", async (_where, at) => {
    const sealed = await seal(plain);
    sealed[at]! ^= 1;
    expect(await outcome(sealed, whole(bytes))).toBe("altered");
  });

  it.each<[string, (chunks: readonly Uint8Array[]) => readonly Uint8Array[], number]>([
    ["without its first chunk", ([, ...rest]) => rest, bytes - CHUNK_BYTES],
    ["without a middle chunk", ([a, , ...rest]) => [a!, ...rest], bytes - CHUNK_BYTES],
    ["without its last chunk", (chunks) => chunks.slice(0, -1), 3 * CHUNK_BYTES],
    ["with two chunks swapped", ([a, b, ...rest]) => [b!, a!, ...rest], bytes],
    ["with a chunk twice", ([a, b, , d]) => [a!, b!, b!, d!], bytes],
  ])("%s does not open, even where its size was changed with it", async (_how, change, size) => {
    const sealed = await seal(plain);
    const chunks = [0, 1, 2, 3].map((index) => chunkOf(sealed, index));
    expect(await outcome(joined(change(chunks)), whole(size))).toBe("altered");
  });

  it("cut at any place does not open", async () => {
    const sealed = await seal(plain);
    for (const at of [
      0,
      1,
      27,
      28,
      29,
      STORED_CHUNK_BYTES - 1,
      STORED_CHUNK_BYTES,
      3 * STORED_CHUNK_BYTES,
      sealed.length - 1,
    ])
      expect(await outcome(sealed.slice(0, at), whole(bytes)), String(at)).toMatch(/truncated|altered/);
  });

  it("with anything behind it does not open", async () => {
    const sealed = await seal(plain);
    for (const more of [1, CHUNK_OVERHEAD_BYTES, STORED_CHUNK_BYTES])
      expect(await outcome(joined([sealed, new Uint8Array(more)]), whole(bytes))).toMatch(/trailing|altered/);
  });

  it("by a chunk of another file, path or tenant does not open", async () => {
    const sealed = await seal(plain);
    for (const key of [
      deriveFileKey(TENANT_KEY, "t_a/files/2/a.csv"),
      deriveFileKey(TENANT_KEY, "t_b/files/1/a.csv"),
      deriveFileKey(new Uint8Array(32).fill(8), "t_a/files/1/a.csv"),
    ]) {
      expect(await outcome(sealed, whole(bytes), key)).toBe("altered");
      expect(fileKeyCommitment(key)).not.toBe(fileKeyCommitment(KEY));
      const foreign = await seal(plain, {}, 50_000, key);
      const spliced = joined([
        chunkOf(sealed, 0),
        chunkOf(foreign, 1),
        chunkOf(sealed, 2),
        chunkOf(sealed, 3),
      ]);
      expect(await outcome(spliced, whole(bytes))).toBe("altered");
    }
  });

  it("gives out not a byte of a chunk that does not open, and nothing after it", async () => {
    const sealed = await seal(plain);
    sealed[STORED_CHUNK_BYTES + 5]! ^= 1;
    const opener = new FileOpener(KEY, whole(bytes));
    expect(joined(await opener.push(sealed.slice(0, STORED_CHUNK_BYTES + 1)))).toEqual(
      plain.slice(0, CHUNK_BYTES),
    );
    await expect(opener.push(sealed.slice(STORED_CHUNK_BYTES + 1, 3 * STORED_CHUNK_BYTES))).rejects.toThrow(
      SealedFileError,
    );
    await expect(opener.push(sealed.slice(3 * STORED_CHUNK_BYTES))).rejects.toThrow(SealedFileError);
    await expect(opener.finish()).rejects.toThrow(SealedFileError);
  });

  it("fails its stream, and is never a short read", async () => {
    const sealed = await seal(plain);
    const source = new Response(sealed.slice(0, 2 * STORED_CHUNK_BYTES)).body!;
    const read = async () => {
      for await (const piece of source.pipeThrough(openStream(KEY, whole(bytes))))
        expect(piece.length).toBeGreaterThan(0);
    };
    await expect(read()).rejects.toThrow(/truncated/);
  });
});

describe("sizes", () => {
  it.each([-1, 0, 27, STORED_CHUNK_BYTES + 1, STORED_CHUNK_BYTES + CHUNK_OVERHEAD_BYTES, 1.5, Number.NaN])(
    "%d is that of no sealed file",
    (size) => {
      expect(plainSize(size)).toBeNull();
    },
  );

  it("are each other's inverse", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 40 }), (size) => {
        expect(plainSize(sealedSize(size))).toBe(size);
      }),
    );
  });
});
