import type { Context } from "hono";
import { LATEST, parseRulesProfileId, type RulesProfileId } from "../domain/rules-profile-id";
import type { TenantEnv } from "./context";
import { Problem } from "./problem";
import { unknownProfile } from "./rules-problems";

/** The profile that a path names. What can be no profile's id is nobody's. */
export function profileAt(c: Context<TenantEnv>): RulesProfileId {
  const named = parseRulesProfileId(c.req.param("profileId") ?? "");
  if (!named.ok) throw unknownProfile({ reason: "unknown_profile" });
  return named.value;
}

/** The same where one is to be made: by its version, for `latest` is whatever is published. */
export function newProfileAt(c: Context<TenantEnv>): RulesProfileId {
  return newProfileNamed(c.req.param("profileId") ?? "", "profile_id");
}

export function newProfileNamed(text: string, member: string): RulesProfileId {
  const named = parseRulesProfileId(text);
  if (named.ok && named.value.version !== LATEST) return named.value;
  throw new Problem("validation_error", `${member}: write channel@major.minor.patch.`, {
    fieldErrors: {
      [member]: [
        "Write channel@major.minor.patch; a channel begins with a letter and has 2 to 40 of a-z, 0-9 and _.",
      ],
    },
  });
}
