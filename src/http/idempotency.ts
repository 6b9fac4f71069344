import type { Context } from "hono";
import type { Created, Idempotency } from "../../durable-objects/tenant/answer";
import { canonicalJson, sha256Bytes, sha256Hex } from "../crypto/canonical-json";
import { parseIdempotencyKey } from "../domain/idempotency-key";
import { readConfig } from "../env";
import type { AppEnv } from "./context";
import { Problem } from "./problem";

/** The key in force for a creating call: the client's, its safe form, or a new one. It goes back in the answer. */
export function idempotencyOf<E extends AppEnv>(c: Context<E>, payload: unknown): Idempotency {
  const key = keyInForce(c.req.header("idempotency-key"), readConfig(c.env).idempotencyCompat);
  c.header("Idempotency-Key", key);
  return {
    route: `${c.req.method} ${c.req.path}`,
    key,
    digest: sha256Hex(canonicalJson(payload)),
  };
}

/** The value of a creating call; says in the headers whether it is the first answer again. */
export function created<E extends AppEnv, T>(c: Context<E>, outcome: Created<T>): T {
  if (outcome.replayed) c.header("Idempotent-Replayed", "true");
  return outcome.value;
}

function keyInForce(header: string | undefined, compat: "canonicalise" | "reject"): string {
  if (header === undefined) return crypto.randomUUID();
  const key = parseIdempotencyKey(header, compat, sha256Bytes);
  if (key.ok) return key.value;
  throw new Problem(
    "idempotency_key_invalid",
    "Idempotency-Key takes 1 to 255 visible characters and does not begin with =, +, - or @.",
  );
}
