import { createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_RECORD_BYTES, openRecord, sealedVersion, sealRecord } from "../../src/crypto/record-seal";
import type { TenantId } from "../../src/domain/tenant-id";
import { collide } from "./gcm-collision";

const PLACE = {
  tenantId: "t_a" as TenantId,
  table: "jobs",
  column: "metadata",
  row: "0190a5f0-0000-7000-8000-000000000001",
};
const KEY = { version: 2, bytes: randomBytes(32) };
const KEYS = new Map([
  [1, randomBytes(32)],
  [2, KEY.bytes],
  [21, KEY.bytes],
]);
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const SEALED = sealRecord(KEY, PLACE, '{"canary":"açúcar"}');
const HEAD = "s1.2.";
const BODY = SEALED.slice(HEAD.length);

const open = (sealed: string) => openRecord(KEYS, PLACE, sealed);
const rebuilt = (body: Uint8Array) => HEAD + Buffer.from(body).toString("base64url");

describe("a sealed record", () => {
  it("opens as it was sealed, whatever the text", () => {
    const texts = fc.oneof(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.string({ unit: "grapheme" }),
      fc.constantFrom("", "\ufeffafter a mark", "\u0000", "\ufffd", "\u{10ffff}", "a\r\nb"),
    );
    const places = fc.record({
      tenantId: fc.constant(PLACE.tenantId),
      table: fc.string(),
      column: fc.string(),
      row: fc.string({ unit: "binary" }),
    });
    fc.assert(
      fc.property(texts, places, fc.integer({ min: 1, max: 999_999_999 }), (text, place, version) => {
        const sealed = sealRecord({ version, bytes: KEY.bytes }, place, text);
        expect(sealedVersion(sealed)).toBe(version);
        expect(openRecord(new Map([[version, KEY.bytes]]), place, sealed)).toEqual({ ok: true, value: text });
      }),
    );
  });

  it("shows nothing of the text, and is another each time", () => {
    const again = sealRecord(KEY, PLACE, '{"canary":"açúcar"}');
    expect(again).not.toBe(SEALED);
    expect(Buffer.from(BODY, "base64url").toString("latin1")).not.toContain("canary");
    expect(BODY).not.toContain(Buffer.from("canary").toString("base64url"));
  });

  it("is salt, commitment, ciphertext and tag, by HKDF and AES-256-GCM", () => {
    const body = Buffer.from(BODY, "base64url");
    const derived = new Uint8Array(
      hkdfSync("sha256", KEY.bytes, body.subarray(0, 16), "validahub record", 64),
    );
    expect(body.subarray(16, 48).equals(derived.subarray(32))).toBe(true);
    const decipher = createDecipheriv("aes-256-gcm", derived.subarray(0, 32), new Uint8Array(12))
      .setAAD(Buffer.from(JSON.stringify(["record", "t_a", "jobs", "metadata", PLACE.row, 2])))
      .setAuthTag(body.subarray(-16));
    const plain = Buffer.concat([decipher.update(body.subarray(48, -16)), decipher.final()]);
    expect(plain.toString()).toBe('{"canary":"açúcar"}');
  });

  it("does not open with any one byte altered", () => {
    const body = Buffer.from(BODY, "base64url");
    for (let at = 0; at < body.length; at++)
      for (const mask of [0x01, 0x80, 0xff]) {
        const altered = Uint8Array.from(body);
        altered[at]! ^= mask;
        expect(open(rebuilt(altered))).toEqual({ ok: false, error: "altered" });
      }
  });

  it("does not open with any one character altered, added or taken away", () => {
    for (let at = 0; at < SEALED.length; at++) {
      const [before, after] = [SEALED.slice(0, at), SEALED.slice(at + 1)];
      for (const other of [...ALPHABET, "=", ".", " ", "\n", "+", "/"])
        if (other !== SEALED[at]) expect(open(before + other + after).ok).toBe(false);
      expect(open(before + after).ok).toBe(false);
      expect(open(before).ok).toBe(false);
      for (const more of ["A", "=", "\n", " ", "."])
        expect(open(before + more + SEALED.slice(at)).ok).toBe(false);
    }
  });

  it.each<[string, Partial<typeof PLACE>]>([
    ["tenant", { tenantId: "t_b" as TenantId }],
    ["table", { table: "events" }],
    ["column", { column: "callback_url" }],
    ["row", { row: "0190a5f0-0000-7000-8000-000000000002" }],
    ["cut of table and column", { table: "jobsm", column: "etadata" }],
    ["cut by a quote", { table: 'jobs","metadata', column: "" }],
  ])("does not open at another %s, with the same keys", (_name, other) => {
    expect(openRecord(KEYS, { ...PLACE, ...other }, SEALED)).toEqual({ ok: false, error: "altered" });
  });

  it("does not open as another version, were the key the same", () => {
    expect(open(`s1.21.${BODY}`)).toEqual({ ok: false, error: "altered" });
    expect(open(`s1.1.${BODY}`)).toEqual({ ok: false, error: "altered" });
  });

  it("says of a wrong key that the record is altered, of a missing one that it is unknown", () => {
    const wrong = new Map([[2, randomBytes(32)]]);
    expect(openRecord(wrong, PLACE, SEALED)).toEqual({ ok: false, error: "altered" });
    expect(openRecord(new Map(), PLACE, SEALED)).toEqual({ ok: false, error: "unknown_version" });
    expect(open(`s1.3.${BODY}`)).toEqual({ ok: false, error: "unknown_version" });
  });

  it("opens under the one key that it commits to, though AES-GCM would open it under two", () => {
    const other = randomBytes(32);
    const salt = randomBytes(16);
    const [mine, theirs] = [KEY.bytes, other].map((key) =>
      Buffer.from(hkdfSync("sha256", key, salt, "validahub record", 64)),
    ) as [Buffer, Buffer];
    const aad = Buffer.from(JSON.stringify(["record", "t_a", "jobs", "metadata", PLACE.row, 2]));
    const { ciphertext, tag } = collide(mine.subarray(0, 32), theirs.subarray(0, 32), aad);
    for (const derived of [mine, theirs]) {
      const decipher = createDecipheriv("aes-256-gcm", derived.subarray(0, 32), new Uint8Array(12))
        .setAAD(aad)
        .setAuthTag(tag);
      decipher.update(ciphertext);
      expect(() => decipher.final()).not.toThrow();
    }

    const sealed = rebuilt(Buffer.concat([salt, mine.subarray(32), ciphertext, tag]));
    expect(open(sealed).ok).toBe(true);
    expect(openRecord(new Map([[2, other]]), PLACE, sealed)).toEqual({ ok: false, error: "altered" });
  });

  it.each([
    ["nothing", ""],
    ["clear text", '{"canary":1}'],
    ["a head alone", "s1.2."],
    ["no version", `s1..${BODY}`],
    ["version 0", `s1.0.${BODY}`],
    ["a leading zero", `s1.02.${BODY}`],
    ["a sign", `s1.+2.${BODY}`],
    ["a negative version", `s1.-2.${BODY}`],
    ["a fraction", `s1.2.0.${BODY}`],
    ["an exponent", `s1.2e0.${BODY}`],
    ["other digits", `s1.\u0662.${BODY}`],
    ["a version beyond bounds", `s1.1000000000.${BODY}`],
    ["another format", `s2.2.${BODY}`],
    ["capitals", `S1.2.${BODY}`],
    ["a space before", ` ${SEALED}`],
    ["a line end after", `${SEALED}\n`],
    ["padding", `${SEALED}=`],
    ["a line end inside", `${SEALED.slice(0, 40)}\n${SEALED.slice(40)}`],
    ["base64 of the other alphabet", `s1.2.${"+/".repeat(60)}`],
    ["a frame cut short", rebuilt(new Uint8Array(63))],
    ["stray bits in the last character", `${rebuilt(new Uint8Array(64)).slice(0, -1)}B`],
    ["more than a field may hold", rebuilt(new Uint8Array(MAX_RECORD_BYTES + 100))],
  ])("is malformed: %s", (_name, text) => {
    expect(open(text)).toEqual({ ok: false, error: "malformed" });
    expect(sealedVersion(text)).toBeNull();
  });

  it("answers for any text without throwing", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `s1.2.${text}`),
        ),
        (text) => {
          expect(open(text).ok).toBe(false);
        },
      ),
    );
  });

  it("holds a field of the largest size, and refuses a larger one", () => {
    const largest = "x".repeat(MAX_RECORD_BYTES);
    expect(open(sealRecord(KEY, PLACE, largest))).toEqual({ ok: true, value: largest });
    expect(() => sealRecord(KEY, PLACE, `${largest}x`)).toThrow(RangeError);
    expect(() => sealRecord(KEY, PLACE, "é".repeat(MAX_RECORD_BYTES / 2 + 1))).toThrow(RangeError);
  });

  it.each(["\ud800", "a\udc00b", "\udc00\ud800"])("refuses what is no Unicode text: %j", (text) => {
    expect(() => sealRecord(KEY, PLACE, text)).toThrow(TypeError);
  });

  it.each([0, -1, 1.5, Number.NaN, 1_000_000_000])("refuses version %d", (version) => {
    expect(() => sealRecord({ version, bytes: KEY.bytes }, PLACE, "")).toThrow(RangeError);
  });

  it.each([0, 16, 31, 33])("refuses a key of %i bytes", (size) => {
    const bytes = randomBytes(size);
    expect(() => sealRecord({ version: 2, bytes }, PLACE, "")).toThrow(RangeError);
    expect(() => openRecord(new Map([[2, bytes]]), PLACE, SEALED)).toThrow(RangeError);
  });
});
