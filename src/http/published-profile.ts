import { SHIPPED_PROFILES } from "../catalogue/profiles";
import { pinProfile } from "../domain/rules-profile-id";
import { Problem } from "./problem";

/** `channel@latest` is pinned to the newest version that is published now (CONTRACT §3). */
export function publishedProfile(text: string): string {
  const pinned = pinProfile(text, SHIPPED_PROFILES.keys());
  if (pinned.ok) return pinned.value;
  switch (pinned.error.reason) {
    case "malformed":
      throw new Problem(
        "validation_error",
        "rules_profile_id: write channel@major.minor.patch or channel@latest.",
        {
          fieldErrors: { rules_profile_id: ["Write channel@major.minor.patch or channel@latest."] },
        },
      );
    case "unpublished":
      throw new Problem("rules_profile_not_found", "No published rules profile has this id.");
  }
}
