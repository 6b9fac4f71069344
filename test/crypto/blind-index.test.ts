import { createHmac, hkdfSync, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blindIndex, indexKey } from "../../src/crypto/blind-index";

const root = randomBytes(32);
const key = indexKey(root);
const FIELD = { table: "jobs", column: "seller_id" };

describe("a blind index", () => {
  it("is the same for the same value, 32 bytes in base64url", () => {
    expect(blindIndex(key, FIELD, "seller_1")).toMatch(/^[\w-]{43}$/);
    expect(blindIndex(key, FIELD, "seller_1")).toBe(blindIndex(indexKey(root), FIELD, "seller_1"));
  });

  it("is HMAC-SHA-256 over a JSON array, under a key of its own", () => {
    const expected = hkdfSync("sha256", root, new Uint8Array(), "validahub blind index", 32);
    expect(Buffer.from(key).equals(Buffer.from(expected))).toBe(true);
    const mac = createHmac("sha256", key)
      .update('["index","jobs","seller_id","seller_1"]')
      .digest("base64url");
    expect(blindIndex(key, FIELD, "seller_1")).toBe(mac);
  });

  it("takes both spellings of an accented letter for one, and nothing else", () => {
    expect(blindIndex(key, FIELD, "cafe\u0301")).toBe(blindIndex(key, FIELD, "caf\u00e9"));
    for (const other of ["cafe", "CAF\u00c9", "caf\u00e9 ", " caf\u00e9", "\ufb01", ""])
      expect(blindIndex(key, FIELD, other)).not.toBe(blindIndex(key, FIELD, "caf\u00e9"));
    expect(blindIndex(key, FIELD, "\ufb01")).not.toBe(blindIndex(key, FIELD, "fi"));
    expect(blindIndex(key, FIELD, "\ud800")).not.toBe(blindIndex(key, FIELD, "\ufffd"));
  });

  it("differs by tenant, table and column", () => {
    const indexes = [
      blindIndex(key, FIELD, "v"),
      blindIndex(indexKey(randomBytes(32)), FIELD, "v"),
      blindIndex(key, { ...FIELD, table: "events" }, "v"),
      blindIndex(key, { ...FIELD, column: "callback_url" }, "v"),
      blindIndex(key, { table: 'jobs","seller_id', column: "" }, "v"),
    ];
    expect(new Set(indexes).size).toBe(indexes.length);
  });

  it("is equal exactly where field and normalised value are", () => {
    const parts = fc.tuple(fc.string({ unit: "grapheme" }), fc.string(), fc.string({ unit: "binary" }));
    fc.assert(
      fc.property(parts, parts, ([table, column, value], [table2, column2, value2]) => {
        const same =
          JSON.stringify([table, column, value.normalize("NFC")]) ===
          JSON.stringify([table2, column2, value2.normalize("NFC")]);
        const [a, b] = [
          blindIndex(key, { table, column }, value),
          blindIndex(key, { table: table2, column: column2 }, value2),
        ];
        expect(a === b).toBe(same);
      }),
    );
  });

  it.each([0, 16, 31, 33])("refuses a root or a key of %i bytes", (size) => {
    expect(() => indexKey(randomBytes(size))).toThrow(RangeError);
    expect(() => blindIndex(randomBytes(size), FIELD, "v")).toThrow(RangeError);
  });
});
