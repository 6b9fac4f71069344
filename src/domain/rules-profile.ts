/** The life of a tenant's own rules profile (CONTRACT §7): draft -> validated -> published -> deprecated. Pure. */

import { err, ok, type Result } from "./result";

export const PROFILE_STATUSES = ["draft", "validated", "published", "deprecated"] as const;
export type ProfileStatus = (typeof PROFILE_STATUSES)[number];

/** All that is known of a profile but its text. */
export interface ProfileRecord {
  readonly channel: string;
  readonly version: string;
  readonly status: ProfileStatus;
  /** SHA-256 of the text, which is RFC 8785 canonical JSON. */
  readonly checksum: string;
  readonly name: string | null;
  readonly ruleCount: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly publishedAtMs: number | null;
  readonly deprecatedAtMs: number | null;
  readonly deprecation: Deprecation | null;
}

export interface Deprecation {
  readonly reason: string | null;
  /** The profile to take instead. */
  readonly successor: string | null;
}

export type ProfileCommand =
  | { readonly type: "validate" }
  | { readonly type: "publish" }
  | { readonly type: "deprecate"; readonly deprecation: Deprecation };

export interface WrongProfileStatus {
  readonly reason: "wrong_profile_status";
  readonly status: ProfileStatus;
}

export const profileId = ({ channel, version }: { readonly channel: string; readonly version: string }) =>
  `${channel}@${version}`;

/** Its text never changes any more: what was validated by it once can be validated by it again. */
export const isReleased = (status: ProfileStatus): boolean =>
  status === "published" || status === "deprecated";

/** One step of a profile's life, or why it cannot take it. A draft that is valid already stays as it is. */
export function advanceProfile(
  profile: ProfileRecord,
  command: ProfileCommand,
  nowMs: number,
): Result<ProfileRecord, WrongProfileStatus> {
  const { status } = profile;
  const wrongStatus = err({ reason: "wrong_profile_status", status } as const);
  switch (command.type) {
    case "validate":
      if (isReleased(status)) return wrongStatus;
      return ok(status === "validated" ? profile : { ...profile, status: "validated", updatedAtMs: nowMs });
    case "publish":
      if (isReleased(status)) return wrongStatus;
      return ok({ ...profile, status: "published", publishedAtMs: nowMs, updatedAtMs: nowMs });
    case "deprecate":
      if (status !== "published") return wrongStatus;
      return ok({
        ...profile,
        status: "deprecated",
        deprecation: command.deprecation,
        deprecatedAtMs: nowMs,
        updatedAtMs: nowMs,
      });
  }
}
