import { ok } from "../domain/result";
import { parseKeySet } from "./key-set";
import type { KeySource } from "./key-source";

/** Keys given as text. Throws where the text is no JWK Set, or where no key of it could ever verify a token. */
export function inlineKeys(jwksText: string): KeySource {
  const keys = parseKeySet(jwksText);
  if (keys.size === 0) throw new Error("The JWKS holds no public key for RS256, ES256 or EdDSA.");
  return { keysFor: async (hint) => ok(await keys.matching(hint)) };
}
