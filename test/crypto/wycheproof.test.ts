import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import gcm from "../fixtures/wycheproof/aes-256-gcm.json";
import hkdf from "../fixtures/wycheproof/hkdf-sha256.json";
import hmac from "../fixtures/wycheproof/hmac-sha256.json";

/** The primitives by the calls that the codecs make. */

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
const hex = (data: ArrayBuffer | Uint8Array) => Buffer.from(new Uint8Array(data)).toString("hex");

describe("AES-256-GCM", () => {
  it.each(gcm.tests)("of node:crypto holds to vector $tcId $comment", ({ result, ...vector }) => {
    const [key, iv, aad, msg] = [vector.key, vector.iv, vector.aad, vector.msg].map(bytes);
    const cipher = createCipheriv("aes-256-gcm", key!, iv!).setAAD(aad!);
    expect(hex(cipher.update(msg!))).toBe(vector.ct);
    cipher.final();
    expect(hex(cipher.getAuthTag()) === vector.tag).toBe(result === "valid");

    const decipher = createDecipheriv("aes-256-gcm", key!, iv!, { authTagLength: 16 })
      .setAAD(aad!)
      .setAuthTag(bytes(vector.tag));
    const plain = decipher.update(bytes(vector.ct));
    if (result === "valid") {
      decipher.final();
      expect(hex(plain)).toBe(vector.msg);
    } else expect(() => decipher.final()).toThrow();
  });

  it.each(gcm.tests)("of WebCrypto holds to vector $tcId $comment", async ({ result, ...vector }) => {
    const key = await crypto.subtle.importKey("raw", bytes(vector.key), "AES-GCM", false, [
      "encrypt",
      "decrypt",
    ]);
    const cipher = { name: "AES-GCM", iv: bytes(vector.iv), additionalData: bytes(vector.aad) };
    const stored = vector.ct + vector.tag;
    const sealed = await crypto.subtle.encrypt(cipher, key, bytes(vector.msg));
    expect(hex(sealed) === stored).toBe(result === "valid");

    const opened = crypto.subtle.decrypt(cipher, key, bytes(stored));
    if (result === "valid") expect(hex(await opened)).toBe(vector.msg);
    else await expect(opened).rejects.toMatchObject({ name: "OperationError" });
  });
});

it.each(hkdf.tests)("HKDF-SHA-256 holds to vector $tcId", ({ ikm, salt, info, size, okm }) => {
  expect(hex(hkdfSync("sha256", bytes(ikm), bytes(salt), bytes(info), size))).toBe(okm);
});

it.each(hmac.tests)("HMAC-SHA-256 holds to vector $tcId $comment", ({ key, msg, tag, result }) => {
  const computed = createHmac("sha256", bytes(key)).update(bytes(msg)).digest("hex");
  expect(computed === tag).toBe(result === "valid");
});
