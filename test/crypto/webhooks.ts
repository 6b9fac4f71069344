import {
  type Ed25519Signer,
  parseWebhookSecret,
  signWebhook,
  verifyWebhook,
  type WebhookMessage,
  type WebhookSigners,
  type WebhookTrust,
} from "../../src/crypto/webhook-signature";

/** Of the reference libraries' tests (standard-webhooks/standard-webhooks). */
export const MESSAGE = {
  id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
  timestampSeconds: 1_614_265_330,
  body: '{"test": 2432232314}',
};
export const SECRET_TEXT = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
export const SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
export const FORGED = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";

export const hex = (text: string) => new Uint8Array(Buffer.from(text, "hex"));
export const secretOf = (text: string): Uint8Array => {
  const parsed = parseWebhookSecret(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
};
export const SECRET = secretOf(SECRET_TEXT);
export const FORMER = new Uint8Array(64).fill(9);
export const OTHER = new Uint8Array(32).fill(7);

/** RFC 8410 §7. */
export async function signerBy(seed: Uint8Array): Promise<Ed25519Signer> {
  const pkcs8 = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", false, ["sign"]);
  return async (content) => new Uint8Array(await crypto.subtle.sign("Ed25519", key, content));
}
export const publicKeyOf = (raw: Uint8Array): Promise<CryptoKey> =>
  crypto.subtle.importKey("raw", raw, "Ed25519", true, ["verify"]);

export const SEED = hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
export const PUBLIC = hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");

export async function signed(
  message: WebhookMessage,
  signers: WebhookSigners,
): Promise<{ "webhook-id": string; "webhook-timestamp": string; "webhook-signature": string }> {
  const headers = await signWebhook(message, signers);
  if (!headers.ok) throw new Error(headers.error);
  return { ...headers.value };
}
export const at = (nowSeconds: number, toleranceSeconds = 300) => ({ nowSeconds, toleranceSeconds });
export const NOW = at(MESSAGE.timestampSeconds);
export const VALID = { ok: true, value: { id: MESSAGE.id, timestampSeconds: MESSAGE.timestampSeconds } };
export const INVALID = { ok: false, error: "signature_invalid" };

export const verify = (
  headers: Record<string, string>,
  trust: Partial<WebhookTrust> = { secrets: [SECRET] },
  body: string | Uint8Array = MESSAGE.body,
) => verifyWebhook(new Headers(headers), body, { ...NOW, ...trust });

export function cryptoKey(key: CryptoKey | Uint8Array): CryptoKey {
  if (key instanceof Uint8Array) throw new TypeError("No key of WebCrypto's.");
  return key;
}

export function permutations<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, index) =>
    permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]),
  );
}
