import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mintApiKey, openApiKey } from "../../src/auth/api-key-text";
import { EndedCredentials } from "../../src/auth/ended-credentials";
import { macKeys } from "../../src/crypto/mac-keys";
import type { TenantId } from "../../src/domain/tenant-id";

const keys = macKeys(randomBytes(32).toString("base64url"), "api-key");
const KEY_ID = "01890a5d-ac96-774b-bcce-b302099a8057";
const names = { environment: "production", tenantId: "t_acme_loja" as TenantId, keyId: KEY_ID };

describe("an API key's text", () => {
  it("says its environment, tenant and id, and opens to the hash that is kept", () => {
    const { text, secretHash } = mintApiKey(keys[0], names);
    expect(text.startsWith(`vh_production_t_acme_loja.${KEY_ID}.`)).toBe(true);
    expect(openApiKey(keys, "production", text)).toEqual({
      tenantId: names.tenantId,
      keyId: KEY_ID,
      secretHash,
    });
    expect(openApiKey(keys, "staging", text)).toBeNull();
    expect(mintApiKey(keys[0], names).text).not.toBe(text);
  });

  it("does not open after any edit of a character, an insertion or a cut", () => {
    const { text } = mintApiKey(keys[0], names);
    const edit = fc.tuple(fc.nat(text.length - 1), fc.string({ minLength: 0, maxLength: 2 }), fc.boolean());
    fc.assert(
      fc.property(edit, ([at, put, replaces]) => {
        const edited = text.slice(0, at) + put + text.slice(replaces ? at + 1 : at);
        fc.pre(edited !== text);
        expect(openApiKey(keys, "production", edited)).toBeNull();
      }),
      { numRuns: 2_000, seed: 7 },
    );
  });

  it("opens with an older MAC key while that is in force, and with no other", () => {
    const older = macKeys(randomBytes(32).toString("base64url"), "api-key");
    const { text } = mintApiKey(older[0], names);
    expect(openApiKey([keys[0], older[0]], "production", text)).not.toBeNull();
    expect(openApiKey(keys, "production", text)).toBeNull();
  });

  it("cannot be made from the parts of two keys", () => {
    const [a = "", b = ""] = [mintApiKey(keys[0], names).text, mintApiKey(keys[0], names).text];
    const [partsA, partsB] = [a.split("."), b.split(".")];
    for (const at of [2, 3]) {
      const mixed = partsA.with(at, partsB[at] ?? "").join(".");
      expect(openApiKey(keys, "production", mixed)).toBeNull();
    }
  });

  it("of 100 KB is refused without looking at it", () => {
    expect(openApiKey(keys, "production", `vh_production_${"t_a.".repeat(25_000)}`)).toBeNull();
  });
});

describe("EndedCredentials", () => {
  it("remembers as many as it may and forgets the oldest", () => {
    const ended = new EndedCredentials(2);
    for (const text of ["a", "b", "b", "c"]) ended.add(text);
    expect(["a", "b", "c"].map((text) => ended.has(text))).toEqual([false, true, true]);
  });
});
