import type { Result } from "../domain/result";
import type { KeyHint } from "./key-set";

/** Where an issuer's public keys come from. */
export interface KeySource {
  /** The keys that may have signed such a token, none if no key fits; an error while no keys can be had. */
  keysFor(hint: KeyHint, nowMs: number): Promise<Result<readonly CryptoKey[], "keys_unavailable">>;
}
