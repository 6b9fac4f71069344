import { randomBytes } from "node:crypto";
import { compactVerify, createLocalJWKSet } from "jose";
import { describe, expect, it } from "vitest";
import { SigningKeys } from "../../src/keys/signing-keys";

const seed = () => randomBytes(32).toString("base64url");

describe("signing keys", () => {
  it("are the key of RFC 8037's example", async () => {
    const [key] = await new SigningKeys("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").publicKeys();
    expect(key).toMatchObject({
      kty: "OKP",
      crv: "Ed25519",
      x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
      kid: "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
    });
    expect(Object.keys(key ?? {})).not.toContain("d");
  });

  it("sign by the newest, and publish all so that older signatures still verify", async () => {
    const [old, next] = [seed(), seed()];
    const before = await new SigningKeys(old).sign("t", { a: 1 });
    const keys = new SigningKeys(`${next},${old}`);
    const text = await keys.sign("t", { a: 1 });
    expect(text).toBe(await keys.sign("t", { a: 1 }));
    const published = createLocalJWKSet({ keys: [...(await keys.publicKeys())] });
    for (const jws of [before, text]) {
      const { payload } = await compactVerify(jws, published);
      expect(JSON.parse(new TextDecoder().decode(payload))).toEqual({ a: 1 });
    }
    const [newest] = await new SigningKeys(next).publicKeys();
    await expect(
      compactVerify(before, createLocalJWKSet({ keys: newest ? [newest] : [] })),
    ).rejects.toThrow();
  });

  it.each(["", "short", `${seed()},`, `${seed()}=`, randomBytes(31).toString("base64url")])(
    "are refused by the variable's name, without repeating it: %j",
    async (text) => {
      await expect(new SigningKeys(text).publicKeys()).rejects.toThrow(
        /^Configuration SIGNING_KEY: each key has/,
      );
    },
  );
});
