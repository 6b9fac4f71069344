import type { ProfileView, RunnableProfile } from "../../durable-objects/tenant/operations/rules";
import type { UnknownProfile } from "../../durable-objects/tenant/operations/profile-choice";
import { compileProfile, type CompiledProfile } from "../catalogue/profile/compile";
import { readProfile, type Profile } from "../catalogue/profile/profile";
import type { LabelMemory } from "../catalogue/reading/header-names";
import { SHIPPED_PROFILES } from "../catalogue/profiles";
import { parseRulesProfileId, pinProfile } from "../domain/rules-profile-id";
import { Problem } from "./problem";

const FORM = "Write channel@major.minor.patch or channel@latest.";

/** A profile's id as the tenant's object looks it up: the channel by its own name, the version as it was written. */
export function profileNamed(text: string, member = "rules_profile_id"): string {
  const named = parseRulesProfileId(text);
  if (named.ok) return `${named.value.channel}@${named.value.version}`;
  throw new Problem("validation_error", `${member}: ${FORM}`, {
    fieldErrors: { [member]: [FORM] },
  });
}

/** What an object that does not pin ids itself yet can run a job by. */
export function pinnedByShipped(id: string): string {
  const pinned = pinProfile(id, SHIPPED_PROFILES.keys());
  return pinned.ok ? pinned.value : id;
}

export const unpublishedProfile = (_refusal: UnknownProfile): Problem =>
  new Problem("rules_profile_not_found", "No published rules profile has this id: GET /v1/rules lists them.");

/** A profile as it is run; read anew each time, for nothing of a tenant's stays in memory between its calls. */
export function profileIn(view: ProfileView): Profile {
  if (view.origin === "own") return readProfile(view.body);
  const profile = SHIPPED_PROFILES.get(view.id);
  if (profile) return profile;
  // The object runs a newer or an older version than this Worker, for a minute.
  throw new Problem("temporarily_unavailable", "This rules profile cannot be had right now.", {
    headers: { "Retry-After": "5" },
  });
}

/** Of the shipped profiles alone, which are nobody's: to compile one takes longer than to judge a row by it. */
const shippedForms = new WeakMap<Profile, CompiledProfile>();

/** A profile as the engine runs it; a tenant's own is compiled anew each time. */
export function compiledIn(view: ProfileView): CompiledProfile {
  const profile = profileIn(view);
  if (view.origin === "own") return compileProfile(profile);
  const known = shippedForms.get(profile);
  if (known) return known;
  const form = compileProfile(profile);
  shippedForms.set(profile, form);
  return form;
}

/** What the tenant has accepted for the labels of its files. */
export const labelMemoryIn = ({ headers }: RunnableProfile): LabelMemory =>
  new Map(Object.entries(headers ?? {}));
