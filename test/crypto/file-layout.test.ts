import { createHmac, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  CHUNK_BYTES,
  CHUNK_OVERHEAD_BYTES,
  chunkHeader,
  deriveFileKey,
  deriveWritingKey,
  fileKeyCommitment,
  lastChunkOf,
  newWritingId,
  plainSize,
  sealedRange,
  sealedSize,
  STORED_CHUNK_BYTES,
} from "../../src/crypto/file-codec";
import { FileOpener, openStream } from "../../src/crypto/file-opener";
import { FileSealer, sealStream } from "../../src/crypto/file-sealer";
import {
  chunksOf,
  cut,
  joined,
  openedRange,
  openedWhole,
  randomFile,
  same,
  sealed,
  sealedByStream,
  streamOf,
} from "./sealed-files";

const tenantKey = randomBytes(32);
const PATH = "t_a/files/0190a5f0-0000-7000-8000-000000000001/catálogo.csv";
const key = deriveFileKey(tenantKey, PATH);
const BORDERS = [0, 1, 65_535, 65_536, 65_537, 131_071, 131_072, 131_073, 200_000, 262_144];
const source = randomFile(300_000);

/** Around every chunk's border, and anywhere. */
const anySize = fc.oneof(fc.constantFrom(...BORDERS), fc.integer({ min: 0, max: source.length }));
const pieceSizes = fc.array(
  fc.oneof(
    fc.integer({ min: 1, max: 200_000 }),
    fc.constantFrom(4096, 65_535, 65_536, 65_564, 65_565, 131_128),
  ),
  { minLength: 1, maxLength: 5 },
);

describe("a sealed file", () => {
  it.each(BORDERS)("of %i bytes has the announced size and opens as it was", async (size) => {
    const plain = source.subarray(0, size);
    const stored = await sealed(key, plain);
    expect(stored.length).toBe(sealedSize(size));
    expect(plainSize(stored.length)).toBe(size);
    const { plain: opened, reason } = await openedWhole(key, stored, size);
    expect(reason).toBeNull();
    expect(same(opened, plain)).toBe(true);
  });

  it("opens as it was, in whatever pieces it came and went", async () => {
    await fc.assert(
      fc.asyncProperty(anySize, pieceSizes, pieceSizes, async (size, inSizes, outSizes) => {
        const plain = source.subarray(0, size);
        const stored = await sealedByStream(key, cut(plain, inSizes));
        expect(stored.length).toBe(sealedSize(size));
        const { plain: opened, reason } = await openedWhole(key, stored, size, outSizes);
        expect(reason).toBeNull();
        expect(same(opened, plain)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it("opens from single bytes and from empty pieces", async () => {
    const plain = source.subarray(0, 700);
    const sealer = new FileSealer(key);
    const pieces: Uint8Array[] = [];
    for (const byte of cut(plain, [1]))
      pieces.push(...(await sealer.push(byte)), ...(await sealer.push(new Uint8Array(0))));
    const stored = joined([...pieces, ...(await sealer.finish())]);
    expect(same((await openedWhole(key, stored, 700, [1])).plain, plain)).toBe(true);
  });

  it("may be filled from one buffer that is used again", async () => {
    const sealer = new FileSealer(key);
    const buffer = new Uint8Array(30_000);
    const pieces: Uint8Array[] = [];
    for (const piece of cut(source, [30_000])) {
      buffer.set(piece);
      pieces.push(...(await sealer.push(buffer.subarray(0, piece.length))));
      buffer.fill(0);
    }
    pieces.push(...(await sealer.finish()));
    const opener = new FileOpener(key, {
      firstChunk: 0,
      lastChunk: lastChunkOf(source.length),
      skip: 0,
      length: source.length,
    });
    const opened: Uint8Array[] = [];
    for (const piece of cut(joined(pieces), [30_000])) {
      buffer.set(piece);
      opened.push(...(await opener.push(buffer.subarray(0, piece.length))));
      buffer.fill(0);
    }
    opened.push(...(await opener.finish()));
    expect(same(joined(opened), source)).toBe(true);
  });

  it("keeps its order when pieces are pushed without waiting", async () => {
    const sealer = new FileSealer(key);
    const pushes = [...cut(source, [70_000])].map((piece) => sealer.push(piece));
    const stored = joined([...(await Promise.all(pushes)).flat(), ...(await sealer.finish())]);
    expect(same((await openedWhole(key, stored, source.length)).plain, source)).toBe(true);
  });

  it("shows nothing of its bytes, and is another each time, nonces and all", async () => {
    const plain = new TextEncoder().encode("sku,title\r\nCANARY,Um\r\n".repeat(9000));
    const [one, other] = [await sealed(key, plain), await sealed(key, plain)];
    expect(Buffer.from(one).includes("CANARY")).toBe(false);
    const nonces = [...chunksOf(one), ...chunksOf(other)].map((chunk) =>
      Buffer.from(chunk.subarray(0, 12)).toString("hex"),
    );
    expect(new Set(nonces).size).toBe(nonces.length);
  });

  it("is nonce, ciphertext and tag a chunk, under format, index and last flag", async () => {
    const stored = await sealed(key, source.subarray(0, 65_537));
    const aes = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["decrypt"]);
    const expected = [
      ["01000000000000000000", source.subarray(0, 65_536)],
      ["01000000000000000101", source.subarray(65_536, 65_537)],
    ] as const;
    for (const [at, [header, plain]] of expected.entries()) {
      const chunk = chunksOf(stored)[at]!;
      const additionalData = Buffer.from(header, "hex");
      const cipher = { name: "AES-GCM", iv: chunk.subarray(0, 12), additionalData };
      const opened = await crypto.subtle.decrypt(cipher, aes, chunk.subarray(12));
      expect(same(new Uint8Array(opened), plain)).toBe(true);
    }
    expect(Buffer.from(chunkHeader(0x01020304, false)).toString("hex")).toBe("01000000000102030400");
  });

  it("takes no more bytes once it is finished", async () => {
    const sealer = new FileSealer(key);
    await sealer.finish();
    await expect(sealer.push(new Uint8Array(1))).rejects.toThrow("sealed to its end");
    await expect(sealer.finish()).rejects.toThrow("sealed to its end");
  });
});

describe("a range of a sealed file", () => {
  it("is what a slice of the file is", async () => {
    await fc.assert(
      fc.asyncProperty(anySize, fc.nat(), fc.nat(), async (size, from, count) => {
        const plain = source.subarray(0, size);
        const offset = from % (size + 1);
        const length = count % (size - offset + 1);
        const stored = await sealed(key, plain);
        const { plain: opened, reason } = await openedRange(key, stored, { offset, length }, size);
        expect(reason).toBeNull();
        expect(same(opened, plain.subarray(offset, offset + length))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    [0, 0],
    [0, 1],
    [65_535, 1],
    [65_535, 2],
    [65_536, 1],
    [65_536, 65_536],
    [131_071, 1],
    [131_072, 0],
    [1, 131_071],
  ])("from %i, %i bytes of 131,072", async (offset, length) => {
    const plain = source.subarray(0, 131_072);
    const { plain: opened, reason } = await openedRange(
      key,
      await sealed(key, plain),
      { offset, length },
      131_072,
    );
    expect(reason).toBeNull();
    expect(same(opened, plain.subarray(offset, offset + length))).toBe(true);
  });

  it("reads the chunks it lies in and no others", () => {
    const size = 200_000;
    expect(sealedRange({ offset: 70_000, length: 10 }, size)).toEqual({
      offset: STORED_CHUNK_BYTES,
      length: STORED_CHUNK_BYTES,
      firstChunk: 1,
      skip: 70_000 - CHUNK_BYTES,
    });
    expect(sealedRange({ offset: 0, length: size }, size)).toEqual({
      offset: 0,
      length: sealedSize(size),
      firstChunk: 0,
      skip: 0,
    });
    expect(sealedRange({ offset: 199_999, length: 1 }, size).length).toBe(200_000 - 3 * CHUNK_BYTES + 28);
    expect(sealedRange({ offset: 0, length: 0 }, 0)).toEqual({
      offset: 0,
      length: 28,
      firstChunk: 0,
      skip: 0,
    });
  });

  it.each([
    [-1, 1],
    [0, -1],
    [0.5, 1],
    [0, 101],
    [101, 0],
    [Number.NaN, 1],
    [Number.MAX_SAFE_INTEGER, 1],
  ])("is refused beyond the file: from %d, %d bytes of 100", (offset, length) => {
    expect(() => sealedRange({ offset, length }, 100)).toThrow(RangeError);
  });

  it("is refused by the opener beyond the file's last chunk", () => {
    const options = { firstChunk: 1, lastChunk: 1, skip: 0, length: CHUNK_BYTES + 1 };
    expect(() => new FileOpener(key, options)).toThrow(RangeError);
    expect(() => openStream(key, { ...options, length: -1 })).toThrow(RangeError);
  });
});

describe("parts of a multipart upload", () => {
  it("make one file, in whatever order and however often they were sent", async () => {
    const upload = fc.record({
      size: fc.integer({ min: 1, max: source.length }),
      chunksAPart: fc.integer({ min: 1, max: 3 }),
      order: fc.infiniteStream(fc.nat()),
    });
    await fc.assert(
      fc.asyncProperty(upload, async ({ size, chunksAPart, order }) => {
        const plain = source.subarray(0, size);
        const partBytes = chunksAPart * CHUNK_BYTES;
        const count = Math.ceil(size / partBytes);
        const bucket = new Map<number, Uint8Array>();
        const send = async (part: number, bytes: Uint8Array) =>
          bucket.set(
            part,
            await sealed(key, bytes, { firstChunk: part * chunksAPart, endsFile: part === count - 1 }),
          );
        const part = (at: number) => plain.subarray(at * partBytes, (at + 1) * partBytes);
        const parts = Array.from({ length: count }, (_, at) => at).toSorted(
          () => (order.next().value % 3) - 1,
        );
        const again = order.next().value % count;
        await send(
          again,
          part(again).map((byte) => byte ^ 0xff),
        );
        for (const at of [...parts, again]) await send(at, part(at));

        const stored = joined(Array.from({ length: count }, (_, at) => bucket.get(at)!));
        expect(stored.length).toBe(sealedSize(size));
        const { plain: opened, reason } = await openedWhole(key, stored, size);
        expect(reason).toBeNull();
        expect(same(opened, plain)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it.each([0, 1, 65_535, 65_537, 131_071])(
    "that do not end the file are whole chunks: not %i bytes",
    async (size) => {
      await expect(sealed(key, source.subarray(0, size), { endsFile: false })).rejects.toThrow(RangeError);
    },
  );

  it("that end a file behind others are not empty", async () => {
    await expect(sealed(key, new Uint8Array(0), { firstChunk: 1 })).rejects.toThrow(RangeError);
  });

  it("begin at a chunk's index", () => {
    for (const firstChunk of [-1, 0.5, Number.NaN])
      expect(() => new FileSealer(key, { firstChunk })).toThrow(RangeError);
  });

  it("end where a key has sealed its 2^32 chunks", async () => {
    const last = 2 ** 32 - 1;
    await expect(sealed(key, new Uint8Array(1), { firstChunk: last })).resolves.toHaveLength(29);
    await expect(sealed(key, new Uint8Array(1), { firstChunk: last + 1 })).rejects.toThrow(RangeError);
    expect(() => sealedSize(2 ** 48 + 1)).toThrow(RangeError);
  });
});

describe("sizes", () => {
  it("lead there and back", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          anySize,
          fc.maxSafeNat().map((size) => size % 2 ** 48),
        ),
        (size) => {
          expect(plainSize(sealedSize(size))).toBe(size);
        },
      ),
    );
  });

  it("that no sealed file has are known", () => {
    const possible = new Map<number, number>();
    for (let size = 0; size <= 3 * CHUNK_BYTES; size++) possible.set(sealedSize(size), size);
    for (let stored = 0; stored <= sealedSize(3 * CHUNK_BYTES); stored++)
      if (plainSize(stored) !== (possible.get(stored) ?? null)) expect.fail(`of ${stored} bytes`);
    for (const stored of [-1, 28.5, Number.NaN, Infinity, 2 ** 53]) expect(plainSize(stored)).toBeNull();
    expect(plainSize(STORED_CHUNK_BYTES + CHUNK_OVERHEAD_BYTES)).toBeNull();
  });
});

describe("a file's key", () => {
  it("is bound to the tenant's key and to the whole path", () => {
    const keys = [
      deriveFileKey(tenantKey, PATH),
      deriveFileKey(randomBytes(32), PATH),
      deriveFileKey(tenantKey, PATH.replace("t_a", "t_b")),
      deriveFileKey(tenantKey, `${PATH}.gz`),
      deriveFileKey(tenantKey, PATH.normalize("NFD")),
    ].map((each) => Buffer.from(each).toString("hex"));
    expect(new Set(keys).size).toBe(keys.length);
    expect(same(deriveFileKey(tenantKey, PATH), key)).toBe(true);
    expect(key).toHaveLength(32);
  });

  it("is HKDF-SHA-256 of RFC 5869 without a salt", () => {
    const prk = createHmac("sha256", new Uint8Array(32)).update(tenantKey).digest();
    const okm = createHmac("sha256", prk).update(`["validahub file","${PATH}"]\u0001`).digest();
    expect(same(key, okm)).toBe(true);
  });

  it("has a commitment of 32 bytes that is another for another key", () => {
    expect(fileKeyCommitment(key)).toMatch(/^[\w-]{43}$/);
    expect(fileKeyCommitment(key)).toBe(fileKeyCommitment(deriveFileKey(tenantKey, PATH)));
    expect(fileKeyCommitment(key)).not.toBe(fileKeyCommitment(deriveFileKey(tenantKey, `${PATH}x`)));
  });

  it("has a commitment that is another for what it vouches for", () => {
    const bound = [[], [""], ["a"], ["a", ""], ["", "a"], ["a,b"], ["a", "b"], ['a","b']];
    const commitments = bound.map((each) => fileKeyCommitment(key, each));
    expect(new Set(commitments).size).toBe(bound.length);
    expect(fileKeyCommitment(key, ["a", "b"])).toBe(commitments[6]);
    const mac = createHmac("sha256", key).update('["validahub file commitment","a"]').digest("base64url");
    expect(commitments[2]).toBe(mac);
  });

  it.each([0, 16, 31, 33])("of %i bytes is refused", (size) => {
    const wrong = randomBytes(size);
    const options = { firstChunk: 0, lastChunk: 0, skip: 0, length: 0 };
    for (const use of [
      () => deriveFileKey(wrong, PATH),
      () => fileKeyCommitment(wrong),
      () => deriveWritingKey(wrong, newWritingId()),
      () => sealStream(wrong),
      () => openStream(wrong, options),
    ])
      expect(use).toThrow(RangeError);
  });
});

describe("a writing's key", () => {
  const id = "AAAAAAAAAAAAAAAAAAAAAA";

  it("is bound to the file's key and to the writing", () => {
    const keys = [
      key,
      deriveWritingKey(key, id),
      deriveWritingKey(key, "AAAAAAAAAAAAAAAAAAAAAQ"),
      deriveWritingKey(key, ""),
      deriveWritingKey(deriveFileKey(tenantKey, `${PATH}x`), id),
      deriveFileKey(key, id),
    ].map((each) => Buffer.from(each).toString("hex"));
    expect(new Set(keys).size).toBe(keys.length);
    expect(same(deriveWritingKey(key, id), deriveWritingKey(key, id))).toBe(true);
  });

  it("is HKDF-SHA-256 of RFC 5869 without a salt", () => {
    const prk = createHmac("sha256", new Uint8Array(32)).update(key).digest();
    const okm = createHmac("sha256", prk).update(`["validahub file writing","${id}"]\u0001`).digest();
    expect(same(deriveWritingKey(key, id), okm)).toBe(true);
  });

  it("has an id of 16 bytes that is another each time", () => {
    const ids = Array.from({ length: 200 }, newWritingId);
    for (const each of ids) expect(each).toMatch(/^[\w-]{22}$/);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("opens no chunk of another writing", async () => {
    const [one, other] = [newWritingId(), newWritingId()].map((each) => deriveWritingKey(key, each));
    const stored = await sealed(one!, source.subarray(0, 1000));
    expect((await openedWhole(one!, stored, 1000)).reason).toBeNull();
    expect(await openedWhole(other!, stored, 1000)).toEqual({ plain: new Uint8Array(0), reason: "altered" });
  });
});

describe("a stream", () => {
  it("reads no further ahead of its reader than a few chunks", async () => {
    const size = 32 * 1024 ** 2;
    let readAhead = 0;
    let mostAhead = 0;
    const piece = new Uint8Array(CHUNK_BYTES);
    const pieces = function* () {
      for (let at = 0; at < size; at += piece.length) {
        readAhead += piece.length;
        mostAhead = Math.max(mostAhead, readAhead);
        yield piece;
      }
    };
    const through = streamOf(pieces())
      .pipeThrough(sealStream(key))
      .pipeThrough(openStream(key, { firstChunk: 0, lastChunk: lastChunkOf(size), skip: 0, length: size }));
    let total = 0;
    for await (const chunk of through) {
      total += chunk.length;
      readAhead -= chunk.length;
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    }
    expect(total).toBe(size);
    expect(mostAhead).toBeLessThanOrEqual(8 * CHUNK_BYTES);
  });
});
