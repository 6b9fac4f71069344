import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sha256Bytes } from "../../src/crypto/canonical-json";
import { parseIdempotencyKey } from "../../src/domain/idempotency-key";

const SAFE = /^[A-Za-z0-9_][A-Za-z0-9_-]{15,127}$/;
const canonicalise = (header: string) => parseIdempotencyKey(header, "canonicalise", sha256Bytes);
const reject = (header: string) => parseIdempotencyKey(header, "reject", sha256Bytes);
const quoted = (text: string) => `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
const visible = fc
  .string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
    minLength: 1,
  })
  .filter((text) => !/^[=+\-@"]/.test(text));

describe("parseIdempotencyKey", () => {
  it.each([
    "0123456789abcdef",
    "_123456789abcdef",
    "0192f0c1-2a3b-7c4d-8e5f-0123456789ab",
    "A".repeat(128),
    "a_-_-_-_-_-_-_-_-_-_",
  ])("takes %j as it is, bare or quoted, in both modes", (key) => {
    for (const header of [key, `"${key}"`, ` ${key} `]) {
      expect(canonicalise(header)).toEqual({ ok: true, value: key });
      expect(reject(header)).toEqual({ ok: true, value: key });
    }
  });

  it.each([
    "a",
    "short",
    "order 17 / seller 4",
    "a.b.c.d.e.f.g.h.i",
    "A".repeat(129),
    "!".repeat(255),
    'it"s',
    "back\\slash",
  ])("makes a safe key of %j, or refuses it where told to", (text) => {
    const key = canonicalise(text);
    expect(key).toEqual({ ok: true, value: expect.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/) });
    expect(canonicalise(quoted(text))).toEqual(key);
    expect(canonicalise(text)).toEqual(key);
    expect(reject(text)).toEqual({ ok: false, error: { reason: "needs_canonical_form" } });
  });

  it.each([
    ["", "empty"],
    ["   ", "empty"],
    ['""', "empty"],
    ["=cmd", "formula_start"],
    ["+1234567890123456", "formula_start"],
    ["-234567890123456789", "formula_start"],
    ["@SUM(A1:A9)", "formula_start"],
    ['"=0123456789abcdef"', "formula_start"],
    ["a\tb", "not_visible"],
    ["a\nb", "not_visible"],
    ["a\u0000b", "not_visible"],
    ["a\u007fb", "not_visible"],
    ["chave-\u00e7", "not_visible"],
    ["chave-\u200b-0123456789", "not_visible"],
    ['" padded inside 0123"', "not_visible"],
    ["a".repeat(256), "too_long"],
    ['"', "malformed_string"],
    ['"open', "malformed_string"],
    ['"a"b"', "malformed_string"],
    ['"a\\b"', "malformed_string"],
    ['"0123456789abcdef";p=1', "malformed_string"],
    ['"a", "b"', "malformed_string"],
  ])("refuses %j as %s in both modes", (header, reason) => {
    expect(canonicalise(header)).toEqual({ ok: false, error: { reason } });
    expect(reject(header)).toEqual({ ok: false, error: { reason } });
  });

  it("never begins a key with a hyphen, whatever the digest", () => {
    const digest = () => new Uint8Array(32).fill(0xfb);
    expect(parseIdempotencyKey("short", "canonicalise", digest)).toEqual({
      ok: true,
      value: "__v7-_v7-_v7-_v7-_v7-_",
    });
  });

  it("gives one safe key for each visible text, the same bare and quoted, and is stable under itself", () => {
    fc.assert(
      fc.property(visible, visible, (a, b) => {
        const first = canonicalise(a);
        expect(first).toEqual({ ok: true, value: expect.stringMatching(SAFE) });
        expect(canonicalise(quoted(a))).toEqual(first);
        if (first.ok) expect(canonicalise(first.value)).toEqual(first);
        if (a !== b) expect(canonicalise(b)).not.toEqual(first);
      }),
      { seed: 1 },
    );
  });

  it("takes time in proportion to the header", () => {
    expect(canonicalise(`"${"\\".repeat(1_000_001)}`).ok).toBe(false);
    expect(canonicalise(`a${" ".repeat(1_000_000)}\u0000`).ok).toBe(false);
  });
});
