import { describe, expect, it } from "vitest";
import { keyStatus, opens, patchKey, revokeKey, rotateKey, type ApiKey } from "../../src/domain/api-key";

const NOW = 1_000_000;
const key: ApiKey = {
  id: "k",
  kind: "key",
  name: "Importer",
  scopes: ["jobs:read"],
  secretHash: "new",
  previous: [],
  createdBy: "user_1",
  createdAtMs: 0,
  updatedAtMs: 0,
  expiresAtMs: null,
  lastUsedAtMs: null,
  revokedAtMs: null,
};
const same = (a: string, b: string) => a === b;

describe("keyStatus", () => {
  it.each<[string, Partial<ApiKey>, string]>([
    ["without an end", {}, "active"],
    ["a millisecond before its end", { expiresAtMs: NOW + 1 }, "active"],
    ["at its end", { expiresAtMs: NOW }, "expired"],
    ["revoked", { revokedAtMs: 1 }, "revoked"],
    ["revoked and then expired", { revokedAtMs: 1, expiresAtMs: 2 }, "revoked"],
  ])("%s", (_name, more, status) => {
    expect(keyStatus({ ...key, ...more }, NOW)).toBe(status);
  });
});

describe("opens", () => {
  const previous = [
    { secretHash: "old", untilMs: NOW + 10 },
    { secretHash: "older", untilMs: NOW + 5 },
  ];
  it.each<[string, Partial<ApiKey>, string, number, ReturnType<typeof opens>]>([
    ["its secret", {}, "new", NOW, "current"],
    ["another secret", {}, "other", NOW, null],
    ["the old secret within the overlap", { previous }, "old", NOW + 9, "previous"],
    ["an older secret within its own overlap", { previous }, "older", NOW + 4, "previous"],
    ["an older secret after its own overlap", { previous }, "older", NOW + 5, null],
    ["the old secret at the overlap's end", { previous }, "old", NOW + 10, null],
    ["the old secret where there is none", {}, "old", NOW, null],
    ["its secret once revoked", { revokedAtMs: NOW }, "new", NOW, null],
    ["its secret once expired", { expiresAtMs: NOW }, "new", NOW, null],
    ["the old secret once expired", { previous, expiresAtMs: NOW }, "old", NOW, null],
  ])("%s", (_name, more, secret, nowMs, expected) => {
    expect(opens({ ...key, ...more }, secret, same, nowMs)).toBe(expected);
  });
});

describe("rotateKey", () => {
  it("keeps each secret until its own overlap ends, so that a rotation can be made again", () => {
    const once = rotateKey(key, "second", 50, NOW);
    const twice = once.ok ? rotateKey(once.value, "third", 50, NOW + 1) : once;
    expect(twice).toMatchObject({
      ok: true,
      value: {
        secretHash: "third",
        previous: [
          { secretHash: "second", untilMs: NOW + 51 },
          { secretHash: "new", untilMs: NOW + 50 },
        ],
      },
    });
    const later = twice.ok ? rotateKey(twice.value, "fourth", 50, NOW + 50) : twice;
    expect(later).toMatchObject({
      ok: true,
      value: { previous: [{ secretHash: "third" }, { secretHash: "second" }] },
    });
  });

  it("keeps no more than five beside the current one", () => {
    let rotated = key;
    for (let n = 0; n < 9; n++) {
      const next = rotateKey(rotated, `s${n}`, 1000, NOW + n);
      if (next.ok) rotated = next.value;
    }
    expect(rotated.previous.map(({ secretHash }) => secretHash)).toEqual(["s7", "s6", "s5", "s4", "s3"]);
  });

  it("without an overlap ends every other secret at once", () => {
    const rotated = { ...key, previous: [{ secretHash: "old", untilMs: NOW + 100 }] };
    expect(rotateKey(rotated, "second", 0, NOW)).toMatchObject({ ok: true, value: { previous: [] } });
  });

  it("and patchKey refuse a key that has ended, which nothing brings back", () => {
    const revoked = revokeKey(key, NOW);
    const expired = { ...key, expiresAtMs: NOW };
    for (const [ended, status] of [
      [revoked, "revoked"],
      [expired, "expired"],
    ] as const) {
      const refusal = { ok: false, error: { reason: "key_ended", status } };
      expect(rotateKey(ended, "x", 1, NOW)).toEqual(refusal);
      expect(patchKey(ended, { expiresAtMs: null }, NOW)).toEqual(refusal);
    }
  });
});

describe("revokeKey", () => {
  it("ends both secrets, and says when once", () => {
    const rotated = { ...key, previous: [{ secretHash: "old", untilMs: NOW + 100 }] };
    const revoked = revokeKey(rotated, NOW);
    expect(revoked).toMatchObject({ previous: [], revokedAtMs: NOW });
    expect(revokeKey(revoked, NOW + 5)).toBe(revoked);
  });
});
