import { parseProfile, type Profile } from "../profile/profile";

/** A shipped profile is written like a tenant's and passes the same parser and linter, or nothing starts. */
export function shipped(input: unknown): Profile {
  const parsed = parseProfile(input);
  if (parsed.ok) return parsed.value;
  throw new Error(parsed.error.map(({ path, message }) => `${path}: ${message}`).join("; "));
}
