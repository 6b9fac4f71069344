import { parseProfile, type Profile } from "../../src/catalogue/profile/profile";

/** `acme@1.0.0` with these members; throws for what is no profile. */
export function parsedProfile(members: object): Profile {
  const parsed = parseProfile({ channel: "acme", version: "1.0.0", ...members });
  if (parsed.ok) return parsed.value;
  throw new Error(parsed.error.map(({ path, message }) => `${path}: ${message}`).join("; "));
}
