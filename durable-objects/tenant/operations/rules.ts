import { SHIPPED_PROFILES } from "../../../src/catalogue/profiles";
import type { HeaderLabels } from "../../../src/domain/header-mappings";
import { err, ok, type Result } from "../../../src/domain/result";
import {
  isReleased,
  profileId,
  type ProfileRecord,
  type ProfileStatus,
} from "../../../src/domain/rules-profile";
import { compareVersions, type RulesProfileId } from "../../../src/domain/rules-profile-id";
import type { Admitted } from "../admission";
import type { Created, Idempotency, IdempotencyRefusal } from "../answer";
import type { StoredProfile } from "../profile-store";
import type { Stores } from "../stores";
import { headersFor } from "./headers";
import { once, wholeAnswer } from "./once";
import {
  findProfile,
  predecessor,
  runnableProfile,
  type FoundProfile,
  type UnknownProfile,
} from "./profile-choice";

const PROFILES_MAX = 200;

/** What the client has seen: checksums, or `*` for whatever there is. Null: it does not say. */
export interface Precondition {
  readonly ifMatch: readonly string[] | null;
  readonly ifNoneMatch: readonly string[] | null;
}

/** A profile as the Worker shows it: a shipped one it has itself. */
export type ProfileView =
  | { readonly origin: "shipped"; readonly id: string }
  | { readonly origin: "own"; readonly id: string; readonly record: ProfileRecord; readonly body: string };

/** With what the tenant has accepted for the labels of files; an object of before knows of none. */
export type RunnableProfile = ProfileView & { readonly headers?: HeaderLabels | null };

export type ProfileEntry =
  | { readonly origin: "shipped"; readonly id: string }
  | { readonly origin: "own"; readonly id: string; readonly record: ProfileRecord };

export interface NewDraft extends RulesProfileId {
  readonly name: string | null;
  readonly ruleCount: number;
  readonly checksum: string;
  readonly body: string;
}

export type Immutable = { readonly reason: "profile_immutable"; readonly status: ProfileStatus | "shipped" };
export type Mismatch = { readonly reason: "precondition_failed" };
export type SaveRefusal =
  Immutable | Mismatch | { readonly reason: "too_many_profiles"; readonly most: number };
export type DeleteRefusal = Immutable | Mismatch | UnknownProfile;

export interface SavedDraft {
  readonly record: ProfileRecord;
  readonly isNew: boolean;
}

/** Makes a draft, or replaces one: what was validated has to be validated again. */
export function saveDraft(
  stores: Stores,
  { caller }: Admitted,
  { channel, version, name, ruleCount, checksum, body }: NewDraft,
  precondition: Precondition,
  nowMs: number,
): Result<SavedDraft, SaveRefusal> {
  const found = findProfile(stores, { channel, version });
  const former = found?.origin === "own" ? found.stored.record : undefined;
  if (found?.origin === "shipped") return err({ reason: "profile_immutable", status: "shipped" });
  if (former && isReleased(former.status)) return err({ reason: "profile_immutable", status: former.status });
  if (!holds(precondition, former)) return err({ reason: "precondition_failed" });
  if (!former && stores.profiles.count() >= PROFILES_MAX)
    return err({ reason: "too_many_profiles", most: PROFILES_MAX });
  const record: ProfileRecord = {
    channel,
    version,
    status: "draft",
    checksum,
    name,
    ruleCount,
    createdAtMs: former?.createdAtMs ?? nowMs,
    updatedAtMs: nowMs,
    publishedAtMs: null,
    deprecatedAtMs: null,
    deprecation: null,
  };
  stores.profiles.put({ record, body });
  recordAudit(stores, caller, "rules.saved", record, nowMs);
  return ok({ record, isNew: former === undefined });
}

/** The same for a call that is repeatable by its key. */
export function importDraft(
  stores: Stores,
  admitted: Admitted,
  draft: NewDraft,
  idempotency: Idempotency,
  nowMs: number,
): Result<Created<ProfileRecord>, SaveRefusal | IdempotencyRefusal> {
  return once(
    stores,
    idempotency,
    nowMs,
    wholeAnswer<ProfileRecord>(),
    (): Result<ProfileRecord, SaveRefusal> => {
      const saved = saveDraft(stores, admitted, draft, { ifMatch: null, ifNoneMatch: null }, nowMs);
      return saved.ok ? ok(saved.value.record) : saved;
    },
  );
}

export function deleteDraft(
  stores: Stores,
  { caller }: Admitted,
  wanted: RulesProfileId,
  precondition: Precondition,
  nowMs: number,
): Result<null, DeleteRefusal> {
  const own = ownProfile(stores, wanted);
  if (!own.ok) return own;
  const { record } = own.value;
  if (isReleased(record.status)) return err({ reason: "profile_immutable", status: record.status });
  if (!holds(precondition, record)) return err({ reason: "precondition_failed" });
  stores.profiles.delete(record.channel, record.version);
  recordAudit(stores, caller, "rules.deleted", record, nowMs);
  return ok(null);
}

export function viewProfile(stores: Stores, wanted: RulesProfileId): Result<ProfileView, UnknownProfile> {
  const found = findProfile(stores, wanted);
  return found ? ok(viewOf(found)) : err({ reason: "unknown_profile" });
}

/** What validates a small catalogue in the same call. */
export function viewRunnable(stores: Stores, id: string): Result<RunnableProfile, UnknownProfile> {
  const found = runnableProfile(stores, id);
  if (!found.ok) return found;
  return ok({ ...viewOf(found.value), headers: headersFor(stores, found.value.id)?.labels ?? null });
}

export interface ProfilePair {
  readonly from: ProfileView;
  readonly to: ProfileView;
}

export type PairRefusal = UnknownProfile | { readonly reason: "no_predecessor" };

/** A profile and the version that it is compared with: without a name the one that it follows on. */
export function profilePair(
  stores: Stores,
  wanted: RulesProfileId,
  fromVersion: string | null,
): Result<ProfilePair, PairRefusal> {
  const to = findProfile(stores, wanted);
  if (!to) return err({ reason: "unknown_profile" });
  const { channel } = wanted;
  const from =
    fromVersion === null
      ? predecessor(stores, { channel, version: to.id.slice(channel.length + 1) })
      : findProfile(stores, { channel, version: fromVersion });
  if (from) return ok({ from: viewOf(from), to: viewOf(to) });
  return err({ reason: fromVersion === null ? "no_predecessor" : "unknown_profile" });
}

export interface ProfileFilter {
  readonly channel: string | null;
  readonly status: ProfileStatus | null;
}

export interface ProfileList {
  readonly entries: readonly ProfileEntry[];
  readonly total: number;
}

/** By channel, the newest version first; a page goes on after the id `after`, be it still there or not. */
export function listProfiles(
  stores: Stores,
  { channel, status }: ProfileFilter,
  { limit, after }: { readonly limit: number; readonly after: string | null },
): ProfileList {
  const own = stores.profiles
    .list()
    .map((record): ProfileEntry => ({ origin: "own", id: profileId(record), record }));
  const named = new Set(own.map(({ id }) => id));
  const shipped = [...SHIPPED_PROFILES.keys()]
    .filter((id) => !named.has(id))
    .map((id): ProfileEntry => ({ origin: "shipped", id }));
  const matching = [...own, ...shipped]
    .filter((entry) => status === null || statusOf(entry) === status)
    .filter(({ id }) => channel === null || id.startsWith(`${channel}@`))
    .toSorted((a, b) => compareIds(a.id, b.id));
  const rest = after === null ? matching : matching.filter(({ id }) => compareIds(id, after) > 0);
  return { entries: rest.slice(0, limit), total: matching.length };
}

const statusOf = (entry: ProfileEntry): ProfileStatus =>
  entry.origin === "own" ? entry.record.status : "published";

function compareIds(a: string, b: string): number {
  const [[channelA = "", versionA = ""], [channelB = "", versionB = ""]] = [a.split("@"), b.split("@")];
  if (channelA !== channelB) return channelA < channelB ? -1 : 1;
  return compareVersions(versionB, versionA);
}

export const viewOf = (found: FoundProfile): ProfileView =>
  found.origin === "shipped"
    ? { origin: "shipped", id: found.id }
    : { origin: "own", id: found.id, record: found.stored.record, body: found.stored.body };

/** One that a step of its life can be asked of: the shipped ones have none. */
export function ownProfile(
  stores: Stores,
  wanted: RulesProfileId,
): Result<StoredProfile, Immutable | UnknownProfile> {
  const found = findProfile(stores, wanted);
  if (!found) return err({ reason: "unknown_profile" });
  if (found.origin === "shipped") return err({ reason: "profile_immutable", status: "shipped" });
  return ok(found.stored);
}

/** RFC 9110 §13.1: by the checksum that is the profile's entity tag. */
export function holds({ ifMatch, ifNoneMatch }: Precondition, record: ProfileRecord | undefined): boolean {
  const isNamed = (tags: readonly string[]) =>
    record !== undefined && (tags.includes("*") || tags.includes(record.checksum));
  if (ifMatch !== null && !isNamed(ifMatch)) return false;
  return ifNoneMatch === null || !isNamed(ifNoneMatch);
}

export function recordAudit(
  stores: Stores,
  caller: Admitted["caller"],
  type: "rules.saved" | "rules.validated" | "rules.deleted",
  record: ProfileRecord,
  nowMs: number,
): void {
  const id = profileId(record);
  const data = { rules_profile_id: id, checksum: record.checksum };
  stores.record(caller, { kind: "audit", type, subject: `rules:${id}`, data }, nowMs);
}
