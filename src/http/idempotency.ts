import type { Context } from "hono";
import type { Created, Idempotency } from "../../durable-objects/tenant/answer";
import { canonicalJson, sha256Bytes } from "../crypto/canonical-json";
import { payloadDigests } from "../crypto/payload-digest";
import { parseIdempotencyKey, type IdempotencyKeyRefusal } from "../domain/idempotency-key";
import { readConfig } from "../env";
import type { AppEnv } from "./context";
import { Problem } from "./problem";
import { setHeader } from "./reply";

/** The key in force for a creating call: the client's, its safe form, or a new one. It goes back in the answer. */
export function idempotencyOf<E extends AppEnv>(c: Context<E>, payload: unknown): Idempotency {
  const { idempotencyCompat, payloadKeys } = readConfig(c.env);
  const key = keyInForce(c.req.header("idempotency-key"), idempotencyCompat);
  setHeader(c, "Idempotency-Key", key);
  const [digest, ...formerDigests] = payloadDigests(payloadKeys, canonicalJson(payload));
  return { route: `${c.req.method} ${c.req.path}`, key, digest, formerDigests };
}

/** The value of a creating call; says in the headers whether it is the first answer again. */
export function created<E extends AppEnv, T>(c: Context<E>, outcome: Created<T>): T {
  if (outcome.replayed) setHeader(c, "Idempotent-Replayed", "true");
  return outcome.value;
}

export const idempotencyConflict = (): Problem =>
  new Problem(
    "idempotency_conflict",
    "This Idempotency-Key was used with another payload: repeat that payload or choose a new key.",
  );

function keyInForce(header: string | undefined, compat: "canonicalise" | "reject"): string {
  if (header === undefined) return crypto.randomUUID();
  const key = parseIdempotencyKey(header, compat, sha256Bytes);
  if (key.ok) return key.value;
  throw new Problem("idempotency_key_invalid", FAULTS[key.error.reason]);
}

const FAULTS = {
  empty: "Idempotency-Key is empty: send a key, or leave the header out.",
  too_long: "Idempotency-Key has at most 255 characters.",
  not_visible: "Idempotency-Key takes visible ASCII characters only.",
  malformed_string: "Idempotency-Key begins with a quote but is no quoted string (RFC 9651 §3.3.3).",
  formula_start: "Idempotency-Key does not begin with =, +, - or @.",
  needs_canonical_form:
    "Idempotency-Key takes 16 to 128 of A-Z, a-z, 0-9, _ and -, and does not begin with -.",
} as const satisfies Record<IdempotencyKeyRefusal["reason"], string>;
