import { KeySet, type KeySource } from "./key-set.ts";
import { readMessage, type Addressee, type Message, type MessageFault } from "./message.ts";
import { err, type Result } from "./result.ts";
import { macKeyOf, verifySignature, type HeaderSource, type SignatureFault } from "./signature.ts";

export type VerifyFault = SignatureFault | MessageFault;

export interface VerifierOptions {
  readonly tenantId: string;
  /** Takes messages about this webhook only; worth saying where a tenant has several. */
  readonly webhookId?: string;
  /** `whsec_...`: all that may sign now, such as the old and the new one while a secret is replaced. */
  readonly secrets?: readonly string[];
  /** The platform's keys. Without secrets these alone count. */
  readonly jwks?: KeySource;
  readonly nowMs?: () => number;
}

/** Tells what the platform sent to this very tenant from everything else. */
export class WebhookVerifier {
  readonly #addressee: Addressee;
  readonly #macKeys: Promise<readonly CryptoKey[]>;
  readonly #keySet: KeySet | null;
  readonly #nowMs: () => number;

  constructor({ tenantId, webhookId, secrets = [], jwks, nowMs = Date.now }: VerifierOptions) {
    if (secrets.length === 0 && jwks === undefined) throw new TypeError("Give secrets, jwks or both.");
    this.#addressee = { tenantId, webhookId: webhookId ?? null };
    this.#macKeys = Promise.all(secrets.map(macKeyOf));
    // Told to whoever verifies: nobody listens yet.
    this.#macKeys.catch(() => undefined);
    this.#keySet = jwks === undefined ? null : new KeySet(jwks, nowMs);
    this.#nowMs = nowMs;
  }

  /** Throws for a secret that is none; whatever else comes is answered. */
  async verify(headers: HeaderSource, body: Uint8Array): Promise<Result<Message, VerifyFault>> {
    const id = await verifySignature(headers, body, {
      macKeys: await this.#macKeys,
      keySet: this.#keySet,
      nowMs: this.#nowMs(),
    });
    return id.ok ? readMessage(body, id.value, this.#addressee) : err(id.error);
  }
}
