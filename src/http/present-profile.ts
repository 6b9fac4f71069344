import type { ProfileEntry, ProfileView } from "../../durable-objects/tenant/operations/rules";
import type { Profile } from "../catalogue/profile/profile";
import { provenanceOf } from "../catalogue/profile/provenance";
import { SHIPPED_PROFILES } from "../catalogue/profiles";
import { canonicalJson, sha256Hex } from "../crypto/canonical-json";
import { profileId, type ProfileRecord } from "../domain/rules-profile";
import { optionalTime } from "./present";
import { profileIn } from "./runnable-profile";

/** A rules profile as the API shows it: its own members, and beside them what is known of it. */

/** Beside a profile's own members in what `GET` answers; a `PUT` of that passes over them. */
export const READ_ONLY_MEMBERS: ReadonlySet<string> = new Set([
  "$schema",
  "id",
  "origin",
  "status",
  "checksum",
  "rule_count",
  "provenance",
  "created_at",
  "updated_at",
  "published_at",
  "deprecated_at",
  "deprecation_reason",
  "successor",
  "not_expressed",
]);

/** One of the tenant's own, without its text. */
export const presentRecord = (record: ProfileRecord) => ({
  id: profileId(record),
  channel: record.channel,
  version: record.version,
  name: record.name,
  origin: "own",
  status: record.status,
  checksum: record.checksum,
  rule_count: record.ruleCount,
  created_at: optionalTime(record.createdAtMs),
  updated_at: optionalTime(record.updatedAtMs),
  published_at: optionalTime(record.publishedAtMs),
  deprecated_at: optionalTime(record.deprecatedAtMs),
  deprecation_reason: record.deprecation?.reason ?? null,
  successor: record.deprecation?.successor ?? null,
});

/** One that every tenant has came with the product, and has no times of its own. */
const presentShipped = (profile: Profile): ReturnType<typeof presentRecord> => ({
  ...presentRecord({
    channel: profile.channel,
    version: profile.version,
    name: profile.name ?? null,
    status: "published",
    checksum: sha256Hex(canonicalJson(profile)),
    ruleCount: profile.rules.length,
    createdAtMs: 0,
    updatedAtMs: 0,
    publishedAtMs: null,
    deprecatedAtMs: null,
    deprecation: null,
  }),
  origin: "shipped",
  created_at: null,
  updated_at: null,
});

export function presentEntry(entry: ProfileEntry) {
  if (entry.origin === "own") return [presentRecord(entry.record)];
  const profile = SHIPPED_PROFILES.get(entry.id);
  return profile ? [presentShipped(profile)] : [];
}

/** The profile whole. */
export function presentProfile(view: ProfileView, nowMs: number) {
  const profile = profileIn(view);
  return presentWhole(
    profile,
    view.origin === "own" ? presentRecord(view.record) : presentShipped(profile),
    nowMs,
  );
}

/** A profile without a name has none here either, so that what was read can be put back. */
export const presentWhole = (
  profile: Profile,
  { name: _name, ...record }: ReturnType<typeof presentRecord>,
  nowMs: number,
) => ({ ...record, provenance: provenanceOf(profile.rules, nowMs), ...profile });
