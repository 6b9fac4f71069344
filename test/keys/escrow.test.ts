import { randomBytes } from "node:crypto";
import { CompactEncrypt, decodeProtectedHeader, exportJWK, generateKeyPair, importJWK, type JWK } from "jose";
import { describe, expect, it } from "vitest";
import { readRecoveryKey, recover, sealForRecovery } from "../../src/keys/escrow";
import { tenantId } from "../support/tenant-id";

const REFUSED = { ok: false, error: "refused" };
const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const ESCROWED = { tenantId: tenantId("t_acme"), version: 3, key: new Uint8Array(randomBytes(32)) };

async function pair(alg: string, options = {}): Promise<{ publicJwk: JWK; privateJwk: JWK }> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true, ...options });
  return { publicJwk: await exportJWK(publicKey), privateJwk: await exportJWK(privateKey) };
}

const KINDS = [
  ["ECDH-ES+A256KW", "P-256", await pair("ECDH-ES+A256KW", { crv: "P-256" })],
  ["ECDH-ES+A256KW", "P-521", await pair("ECDH-ES+A256KW", { crv: "P-521" })],
  ["ECDH-ES+A256KW", "X25519", await pair("ECDH-ES+A256KW", { crv: "X25519" })],
  ["RSA-OAEP-256", "2048", await pair("RSA-OAEP-256", { modulusLength: 2048 })],
] as const;
const [, , { publicJwk, privateJwk }] = KINDS[0];

describe.each(KINDS)("escrow by %s (%s)", (alg, _curve, keys) => {
  it("opens as it was sealed", async () => {
    const jwe = await sealForRecovery(keys.publicJwk, ESCROWED);
    expect(await recover(keys.privateJwk, jwe)).toEqual({ ok: true, value: ESCROWED });
  });

  it("names algorithm, key, tenant and version in the protected header, and nothing of the key", async () => {
    const jwe = await sealForRecovery(keys.publicJwk, ESCROWED);
    expect(decodeProtectedHeader(jwe)).toMatchObject({
      alg,
      enc: "A256GCM",
      typ: "validahub-recovery+jwe",
      kid: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      tenant_id: "t_acme",
      key_version: 3,
    });
    expect(jwe).not.toContain(Buffer.from(ESCROWED.key).toString("base64url"));
  });

  it("opens with no other private key", async () => {
    const jwe = await sealForRecovery(keys.publicJwk, ESCROWED);
    for (const [, , other] of KINDS)
      if (other !== keys) expect(await recover(other.privateJwk, jwe)).toEqual(REFUSED);
  });
});

describe("an escrowed key", () => {
  it("does not open with another private key of the same kind", async () => {
    const other = await pair("ECDH-ES+A256KW", { crv: "P-256" });
    expect(await recover(other.privateJwk, await sealForRecovery(publicJwk, ESCROWED))).toEqual(REFUSED);
  });

  it("does not open with any one character altered", async () => {
    const jwe = await sealForRecovery(publicJwk, ESCROWED);
    for (let at = 0; at < jwe.length; at++) {
      const index = BASE64URL.indexOf(jwe[at]!);
      const letter = index < 0 ? "A" : BASE64URL[(index + 1) % 64];
      expect(
        await recover(privateJwk, `${jwe.slice(0, at)}${letter}${jwe.slice(at + 1)}`),
        `at ${at}`,
      ).toEqual(REFUSED);
    }
  });

  it("does not open cut short, lengthened, or with a part of another", async () => {
    const jwe = await sealForRecovery(publicJwk, ESCROWED);
    const other = await sealForRecovery(publicJwk, { ...ESCROWED, tenantId: tenantId("t_other") });
    const [parts, others] = [jwe.split("."), other.split(".")];
    const mixed = parts.map((_, part) => parts.with(part, others[part]!).join("."));
    const cut = parts.map((_, part) => parts.with(part, "").join("."));
    const odd = [
      "",
      "....",
      `${jwe}.`,
      `${jwe}=`,
      ` ${jwe}`,
      parts.slice(0, 4).join("."),
      `${jwe}${"A".repeat(9000)}`,
    ];
    for (const altered of [...mixed, ...cut, ...odd])
      expect(await recover(privateJwk, altered)).toEqual(REFUSED);
  });

  it.each<[string, Record<string, unknown>, number]>([
    ["another type", { typ: "JWE" }, 32],
    ["no tenant", { tenant_id: undefined }, 32],
    ["what is no tenant's id", { tenant_id: "T_ACME" }, 32],
    ["no version", { key_version: undefined }, 32],
    ["version 0", { key_version: 0 }, 32],
    ["a version in a text", { key_version: "3" }, 32],
    ["a key that is too short", {}, 16],
    ["a key that is too long", {}, 64],
    ["another content encryption", { enc: "A128CBC-HS256" }, 32],
    ["another key management", { alg: "ECDH-ES" }, 32],
  ])("sealed properly but with %s is none", async (_case, more, bytes) => {
    const header = {
      alg: "ECDH-ES+A256KW",
      enc: "A256GCM",
      typ: "validahub-recovery+jwe",
      tenant_id: "t_acme",
      key_version: 3,
      ...more,
    };
    const jwe = await new CompactEncrypt(randomBytes(bytes))
      .setProtectedHeader(header)
      .encrypt(await importJWK(publicJwk, header.alg));
    expect(await recover(privateJwk, jwe)).toEqual(REFUSED);
  });

  it("is not sealed to a private key, a signing key, a secret or a key of the wrong length", async () => {
    const signing = { ...publicJwk, use: "sig" };
    for (const jwk of [
      privateJwk,
      signing,
      { ...publicJwk, alg: "ES256" },
      { kty: "oct", k: "AAAA" },
      { kty: "EC" },
    ])
      await expect(sealForRecovery(jwk, ESCROWED)).rejects.toThrow("recovery key must be");
    await expect(sealForRecovery(publicJwk, { ...ESCROWED, key: randomBytes(16) })).rejects.toThrow(
      "32 bytes",
    );
  });

  it("is not recovered by what is no private key", async () => {
    const jwe = await sealForRecovery(publicJwk, ESCROWED);
    await expect(recover(publicJwk, jwe)).rejects.toThrow("no private JWK");
    const broken = { ...privateJwk, d: "AAAA" };
    await expect(recover(broken, jwe)).rejects.toThrow(/^The recovery key is a JWK that cannot be used\.$/);
  });
});

describe("the configured recovery key", () => {
  it("is a public JWK, or none", async () => {
    expect(await readRecoveryKey(JSON.stringify(publicJwk))).toEqual(publicJwk);
    expect(await readRecoveryKey(" ")).toBeNull();
  });

  it.each([
    ["a private one", JSON.stringify(privateJwk)],
    ["a private one cut short", JSON.stringify(privateJwk).slice(0, -2)],
    ["no JSON", "recovery"],
    ["nothing", "null"],
    ["a text", '"text"'],
    ["a point off the curve", JSON.stringify({ ...publicJwk, y: publicJwk.x })],
  ])("is refused by its variable's name and not repeated: %s", async (_case, text) => {
    const error: unknown = await readRecoveryKey(text).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    const { message } = error as Error;
    expect(message).toMatch(/^Configuration RECOVERY_KEY: /);
    for (const secret of [privateJwk.d!, publicJwk.x!]) expect(message).not.toContain(secret.slice(0, 8));
  });
});
