import type { Context } from "hono";
import type { Answer, TenantRefusal } from "../../durable-objects/tenant/answer";
import type { RateSnapshot } from "../domain/bucket";
import type { AppEnv } from "./context";
import { invalidCredential } from "./middleware/authenticate";
import { keyProblem } from "./key-custody-problems";
import { insufficientScope } from "./operation";
import { Problem } from "./problem";
import { rateHeaders, refusalHeaders, violatedPolicies } from "./rate-headers";

/**
 * The value of a tenant object's answer. Its rate goes into the headers of whatever is answered; a refusal that
 * any call may meet becomes its problem here, one that is the call's own through `toProblem`.
 */
export function unwrap<T, R extends { readonly reason: string }, E extends AppEnv>(
  c: Context<E>,
  answer: Answer<T, R>,
  toProblem: (refusal: R) => Problem,
): T {
  const { rate, outcome } = answer;
  if (rate) Object.assign(c.var.headers, rateHeaders(rate));
  if (outcome.ok) return outcome.value;
  const refusal = outcome.error;
  if (!isTenantRefusal(refusal)) throw toProblem(refusal);
  if (refusal.reason === "credential_ended") c.var.credentialEnded?.();
  throw tenantProblem(refusal, rate);
}

const BACKLOG_RETRY_SECONDS = 10;

const TENANT_REASONS: ReadonlySet<string> = new Set<TenantRefusal["reason"]>([
  "tenant_not_found",
  "tenant_suspended",
  "rate_limited",
  "backlog_full",
  "credential_ended",
  "insufficient_scope",
  "key_unavailable",
  "key_withdrawn",
  "history_unavailable",
]);

const isTenantRefusal = (refusal: { readonly reason: string }): refusal is TenantRefusal =>
  TENANT_REASONS.has(refusal.reason);

function tenantProblem(refusal: TenantRefusal, rate: RateSnapshot | null): Problem {
  switch (refusal.reason) {
    case "tenant_not_found":
      return new Problem("tenant_not_found", "There is no such tenant.");
    case "tenant_suspended":
      return new Problem("tenant_suspended", "The tenant is suspended; its operator can resume it.");
    case "backlog_full":
      return new Problem(
        "temporarily_unavailable",
        "The tenant's events are not being carried off right now: nothing new is taken until they are.",
        { headers: { "Retry-After": String(BACKLOG_RETRY_SECONDS) } },
      );
    case "credential_ended":
      return invalidCredential();
    case "key_unavailable":
    case "key_withdrawn":
      return keyProblem(refusal);
    case "history_unavailable":
      return new Problem("temporarily_unavailable", "Events of that age cannot be read right now.", {
        headers: { "Retry-After": "5" },
      });
    case "insufficient_scope":
      return insufficientScope(refusal.scope);
    case "rate_limited":
      return new Problem(
        "rate_limit_exceeded",
        "The tenant's request rate is used up: wait for Retry-After seconds.",
        {
          headers: rate ? refusalHeaders(rate) : {},
          members: rate ? violatedPolicies(rate) : {},
        },
      );
  }
}

/** For calls that know no refusal of their own. */
export const noRefusal = (refusal: never): Problem => {
  throw new Error(`Unexpected refusal ${JSON.stringify(refusal)}.`);
};
