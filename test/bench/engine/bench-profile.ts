import { parseProfile, type Profile } from "../../../src/catalogue/profile/profile";
import spec from "./bench-profile.json";

/** 12 rules, 5 of them with a correction: what the former service asked of a catalogue, over 9 of 20 columns. */
export const BENCH_PROFILE: Profile = benchProfile();

function benchProfile(): Profile {
  const parsed = parseProfile(spec);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}
