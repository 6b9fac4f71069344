import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";
import type { JWK } from "jose";
import { openRecord, sealRecord, type RecordPlace } from "../crypto/record-seal";
import { err, ok, type Result } from "../domain/result";
import { sealForRecovery } from "./escrow";
import type { KeyVault } from "./key-vault";
import { KEY_BYTES, type KeyWrapper, type WrapContext, type WrapFault } from "./key-wrapper";
import type { WrappedKey, Wrappers } from "./wrappers";

/** One version of a tenant's key as it rests. Of no use without the vault's half. */
export interface KeptKey {
  readonly wrapped: WrappedKey;
  /** The wrapped half once more, for the offline recovery key: compact JWE; null where there is none. */
  readonly recovery: string | null;
  /** Tells a wrong key before anything is opened or, worse, sealed with it. */
  readonly commitment: string;
}

/** A text under a key of its own. */
export interface SealedText {
  readonly wrapped: WrappedKey;
  readonly sealed: string;
}

const TEXT_VERSION = 1;

/**
 * Makes and opens tenants' keys. A key is derived from two halves: one that a wrapper opens, and one that lies in the
 * vault. `refused` is final (a half is destroyed, taken away, or another one), `unavailable` may pass.
 */
export class KeyCustody {
  constructor(
    private readonly wrappers: Wrappers,
    private readonly vault: KeyVault,
    private readonly recoveryKey: () => Promise<JWK | null>,
  ) {}

  /** Who wraps now; a key that bears another id is due to be wrapped anew. */
  get wrapperId(): string {
    return this.wrappers.currentId;
  }

  /** For a tenant that holds its own key: no copy goes to the platform's recovery key. */
  heldBy(customer: KeyWrapper): KeyCustody {
    return new KeyCustody(this.wrappers.preferring(customer), this.vault, async () => null);
  }

  /** For a tenant that has held its own key: what the customer has wrapped still opens. */
  formerlyHeldBy(customer: KeyWrapper): KeyCustody {
    return new KeyCustody(this.wrappers.alsoOpening(customer), this.vault, this.recoveryKey);
  }

  /** Seals a text of the tenant's by a key of its own, which only whoever wraps here opens. */
  async sealText(place: RecordPlace, text: string): Promise<Result<SealedText, WrapFault>> {
    const bytes = randomBytes(KEY_BYTES);
    const wrapped = await this.wrappers.wrap(textContext(place), bytes);
    if (!wrapped.ok) return wrapped;
    return ok({ wrapped: wrapped.value, sealed: sealRecord({ version: TEXT_VERSION, bytes }, place, text) });
  }

  async openText(place: RecordPlace, { wrapped, sealed }: SealedText): Promise<Result<string, WrapFault>> {
    const bytes = await this.wrappers.unwrap(textContext(place), wrapped);
    if (!bytes.ok) return bytes;
    const text = openRecord(new Map([[TEXT_VERSION, bytes.value]]), place, sealed);
    return text.ok ? text : err("refused");
  }

  /** `taken`: a key of this version was made before, be it that nobody stored it. */
  async make(context: WrapContext): Promise<Result<{ kept: KeptKey; key: Uint8Array }, WrapFault | "taken">> {
    const half = await reached(() => this.vault.create(context));
    if (!half.ok) return half;
    if (half.value === "taken") return err("taken");
    if (half.value === "shredded") return err("refused");
    const wrappedHalf = randomBytes(KEY_BYTES);
    const wrapped = await this.wrappers.wrap(context, wrappedHalf);
    if (!wrapped.ok) return wrapped;
    const recoveryKey = await this.recoveryKey();
    const recovery = recoveryKey && (await sealForRecovery(recoveryKey, { ...context, key: wrappedHalf }));
    const key = joined(context, wrappedHalf, half.value);
    return ok({ kept: { wrapped: wrapped.value, recovery, commitment: commitmentOf(key) }, key });
  }

  /** `destroyed`: the vault has no half of it any more, so that nobody will ever open it. */
  async open(context: WrapContext, kept: KeptKey): Promise<Result<Uint8Array, WrapFault | "destroyed">> {
    const half = await reached(() => this.vault.read(context));
    if (!half.ok) return half;
    if (half.value === null) return err("destroyed");
    const unwrapped = await this.wrappers.unwrap(context, kept.wrapped);
    if (!unwrapped.ok) return unwrapped;
    const key = joined(context, unwrapped.value, half.value);
    return isCommitted(key, kept.commitment) ? ok(key) : err("refused");
  }

  /** The same key, wrapped by who wraps now. */
  async rewrap(context: WrapContext, kept: KeptKey): Promise<Result<KeptKey, WrapFault>> {
    const unwrapped = await this.wrappers.unwrap(context, kept.wrapped);
    if (!unwrapped.ok) return unwrapped;
    const wrapped = await this.wrappers.wrap(context, unwrapped.value);
    return wrapped.ok ? ok({ ...kept, wrapped: wrapped.value }) : wrapped;
  }

  /** Destroys one version's half for good; false when the vault is out of reach. */
  async destroy(context: WrapContext): Promise<boolean> {
    return (await reached(() => this.vault.destroy(context))).ok;
  }

  /** Destroys every half that the tenant has or had; false when the vault is out of reach. */
  async shred(tenantId: WrapContext["tenantId"]): Promise<boolean> {
    return (await reached(() => this.vault.shred(tenantId))).ok;
  }
}

/** A text's key is none of the tenant's versions: those are counted from one. */
const textContext = ({ tenantId }: RecordPlace): WrapContext => ({ tenantId, version: 0 });

async function reached<T>(ask: () => Promise<T>): Promise<Result<T, WrapFault>> {
  try {
    return ok(await ask());
  } catch {
    return err("unavailable");
  }
}

/** HKDF-SHA-256 (RFC 5869) of both halves: neither says anything of the key without the other. */
const joined = ({ tenantId, version }: WrapContext, wrappedHalf: Uint8Array, vaultHalf: Uint8Array) =>
  new Uint8Array(
    hkdfSync(
      "sha256",
      wrappedHalf,
      vaultHalf,
      JSON.stringify(["validahub tenant key", tenantId, version]),
      KEY_BYTES,
    ),
  );

const commitmentOf = (key: Uint8Array): string =>
  createHmac("sha256", key).update("validahub tenant key commitment").digest("base64url");

function isCommitted(key: Uint8Array, commitment: string): boolean {
  const [actual, expected] = [commitmentOf(key), commitment].map((text) => Buffer.from(text));
  return actual !== undefined && expected?.length === actual.length && timingSafeEqual(actual, expected);
}
