import { SHIPPED_PROFILES } from "../../../src/catalogue/profiles";
import { readProfile, type Profile } from "../../../src/catalogue/profile/profile";
import { unknownRules, type FixChoice } from "../../../src/domain/fix-choice";
import { isReleased, profileId, type ProfileRecord } from "../../../src/domain/rules-profile";
import {
  compareVersions,
  LATEST,
  parseRulesProfileId,
  type RulesProfileId,
} from "../../../src/domain/rules-profile-id";
import { err, ok, type Result } from "../../../src/domain/result";
import type { StoredProfile } from "../profile-store";
import type { Stores } from "../stores";

/**
 * What a profile's id means to the tenant: the profiles that all tenants have and its own, whose ids differ. Should one
 * be shipped later under an id that the tenant has used before, the tenant's own goes on to be meant by it.
 */

export type UnknownProfile = { readonly reason: "unknown_profile" };

/** A shipped one is known to the Worker by its id. */
export type FoundProfile =
  | { readonly origin: "shipped"; readonly id: string; readonly profile: Profile }
  | { readonly origin: "own"; readonly id: string; readonly stored: StoredProfile };

/** Whatever its status; `latest` is the newest that is published. */
export function findProfile(stores: Stores, wanted: RulesProfileId): FoundProfile | undefined {
  const { channel } = wanted;
  const version = wanted.version === LATEST ? latestVersion(stores, channel) : wanted.version;
  if (version === null) return undefined;
  const id = profileId({ channel, version });
  const stored = stores.profiles.find(channel, version);
  if (stored) return { origin: "own", id, stored };
  const profile = SHIPPED_PROFILES.get(id);
  return profile && { origin: "shipped", id, profile };
}

/** What a job or a call that names this id runs by: exactly named also a deprecated one, and never a draft. */
export function runnableProfile(stores: Stores, id: string): Result<FoundProfile, UnknownProfile> {
  const wanted = parseRulesProfileId(id);
  const found = wanted.ok ? findProfile(stores, wanted.value) : undefined;
  if (!found || (found.origin === "own" && !isReleased(found.stored.record.status)))
    return err({ reason: "unknown_profile" });
  return ok(found);
}

export interface UnknownRules {
  readonly reason: "unknown_rules";
  readonly profileId: string;
  readonly rules: readonly string[];
}

/** A choice among fixes means something only where the profile has the rules that it names. */
export function checkFixes(found: FoundProfile, fixes: FixChoice | undefined): Result<null, UnknownRules> {
  if (!fixes) return ok(null);
  const { rules } = found.origin === "shipped" ? found.profile : readProfile(found.stored.body);
  const unknown = unknownRules(fixes, rules);
  if (unknown.length === 0) return ok(null);
  return err({ reason: "unknown_rules", profileId: found.id, rules: unknown });
}

export function latestVersion(stores: Stores, channel: string): string | null {
  return publishedVersions(stores, channel).at(-1) ?? null;
}

export function latestId(stores: Stores, channel: string): string | null {
  const version = latestVersion(stores, channel);
  return version === null ? null : profileId({ channel, version });
}

/** Shipped and own, in SemVer's order. */
export function publishedVersions(stores: Stores, channel: string): readonly string[] {
  const own = stores.profiles.ofChannel(channel);
  const named = new Set(own.map(({ version }) => version));
  const published = own.filter(({ status }) => status === "published").map(({ version }) => version);
  const shipped = SHIPPED_PROFILES.versionsOf(channel).filter((version) => !named.has(version));
  return [...shipped, ...published].toSorted(compareVersions);
}

/**
 * What a version is compared with: the newest published one below it, for that is what its users come from; where all
 * below it are deprecated, the newest of those.
 */
export function predecessor(stores: Stores, { channel, version }: RulesProfileId): FoundProfile | undefined {
  const isBelow = (other: string) => compareVersions(other, version) < 0;
  const published = publishedVersions(stores, channel).filter(isBelow).at(-1);
  const below = published ?? newest(stores.profiles.ofChannel(channel).filter(isDeprecated), isBelow);
  return below === undefined ? undefined : findProfile(stores, { channel, version: below });
}

/** Whose users come to it from this version, once this one is published too. */
export function nextPublished(
  stores: Stores,
  { channel, version }: RulesProfileId,
): FoundProfile | undefined {
  const above = publishedVersions(stores, channel).find((other) => compareVersions(other, version) > 0);
  return above === undefined ? undefined : findProfile(stores, { channel, version: above });
}

const isDeprecated = ({ status }: ProfileRecord): boolean => status === "deprecated";

const newest = (
  records: readonly ProfileRecord[],
  isWanted: (version: string) => boolean,
): string | undefined =>
  records
    .map(({ version }) => version)
    .filter(isWanted)
    .toSorted(compareVersions)
    .at(-1);
