import type { KeyRefusal } from "../../durable-objects/tenant/answer";
import { Problem } from "./problem";

/** The tenant's data key cannot be had: whoever wraps it is out of reach, or has taken it away. */
export function keyProblem({ reason }: KeyRefusal): Problem {
  switch (reason) {
    case "key_unavailable":
      return new Problem(
        "temporarily_unavailable",
        "The tenant's key cannot be had right now; nothing is lost, and nothing was stored.",
        { headers: { "Retry-After": "5" } },
      );
    case "key_withdrawn":
      return new Problem(
        "tenant_suspended",
        "The tenant's key was withdrawn by its holder: nothing sealed can be read or written until it is given back.",
      );
  }
}
