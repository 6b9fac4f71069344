import { readConfig, type Env } from "../env";
import { SigningKeys } from "../keys/signing-keys";

const known = new WeakMap<Env, SigningKeys>();

/** The deployment's signing keys: imported once. */
export function signingKeys(env: Env): SigningKeys {
  const keys = known.get(env) ?? new SigningKeys(readConfig(env).signingKey);
  known.set(env, keys);
  return keys;
}
