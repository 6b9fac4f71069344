import { diffProfiles } from "../../../src/catalogue/profile/diff";
import {
  parseProfile,
  readProfile,
  type Profile,
  type ProfileFault,
} from "../../../src/catalogue/profile/profile";
import { provenanceWarnings, type ProfileWarning } from "../../../src/catalogue/profile/provenance";
import { err, ok, type Result } from "../../../src/domain/result";
import {
  advanceProfile,
  profileId,
  type Deprecation,
  type ProfileRecord,
  type WrongProfileStatus,
} from "../../../src/domain/rules-profile";
import type { RulesProfileId } from "../../../src/domain/rules-profile-id";
import { isAtLeast, stepOf } from "../../../src/domain/version-step";
import type { Admitted } from "../admission";
import type { Created, Idempotency, IdempotencyRefusal } from "../answer";
import type { Stores } from "../stores";
import { once, wholeAnswer } from "./once";
import {
  latestId,
  latestVersion,
  nextPublished,
  predecessor,
  publishedVersions,
  runnableProfile,
  type FoundProfile,
  type UnknownProfile,
} from "./profile-choice";
import { holds, ownProfile, recordAudit, type Immutable, type Mismatch, type Precondition } from "./rules";

type StepRefusal = Immutable | UnknownProfile | Mismatch | WrongProfileStatus;
export type ValidateRefusal = StepRefusal;
export type PublishRefusal =
  | StepRefusal
  | IdempotencyRefusal
  | { readonly reason: "profile_invalid"; readonly faults: readonly ProfileFault[] };
export type DeprecateRefusal = StepRefusal | { readonly reason: "unknown_successor" };
export type RollbackRefusal =
  StepRefusal | { readonly reason: "not_latest" } | { readonly reason: "no_former" };

export interface Checked {
  readonly record: ProfileRecord;
  readonly faults: readonly ProfileFault[];
  readonly warnings: readonly ProfileWarning[];
}

/** Has the draft looked at as publishing would. With a fault it stays a draft. */
export function validateProfile(
  stores: Stores,
  { caller }: Admitted,
  wanted: RulesProfileId,
  nowMs: number,
): Result<Checked, ValidateRefusal> {
  const own = ownProfile(stores, wanted);
  if (!own.ok) return own;
  const { record, body } = own.value;
  const step = advanceProfile(record, { type: "validate" }, nowMs);
  if (!step.ok) return step;
  const { faults, profile } = examine(stores, record, body);
  const warnings = provenanceWarnings(profile?.rules ?? [], nowMs);
  if (faults.length > 0) return ok({ record, faults, warnings });
  if (step.value !== record) {
    stores.profiles.saveStep(step.value);
    recordAudit(stores, caller, "rules.validated", step.value, nowMs);
  }
  return ok({ record: step.value, faults, warnings });
}

export function publishProfile(
  stores: Stores,
  { caller }: Admitted,
  wanted: RulesProfileId,
  precondition: Precondition,
  idempotency: Idempotency,
  nowMs: number,
): Result<Created<ProfileRecord>, PublishRefusal> {
  return once(
    stores,
    idempotency,
    nowMs,
    wholeAnswer<ProfileRecord>(),
    (): Result<ProfileRecord, PublishRefusal> => {
      const own = ownProfile(stores, wanted);
      if (!own.ok) return own;
      const { record, body } = own.value;
      const step = advanceProfile(record, { type: "publish" }, nowMs);
      if (!step.ok) return step;
      if (!holds(precondition, record)) return err({ reason: "precondition_failed" });
      const { faults, former } = examine(stores, record, body);
      if (faults.length > 0) return err({ reason: "profile_invalid", faults });
      stores.profiles.saveStep(step.value);
      const data = {
        ...subjectData(record),
        rule_count: record.ruleCount,
        previous_profile_id: former?.id ?? null,
        latest_profile_id: latestId(stores, record.channel),
        published_at: new Date(nowMs).toISOString(),
      };
      const subject = `rules:${data.rules_profile_id}`;
      stores.record(caller, { kind: "event", type: "rules.published", subject, data }, nowMs);
      return ok(step.value);
    },
  );
}

/** It should not be used any more: `latest` skips it, and where it is named exactly it still runs. */
export function deprecateProfile(
  stores: Stores,
  { caller }: Admitted,
  wanted: RulesProfileId,
  deprecation: Deprecation,
  nowMs: number,
): Result<ProfileRecord, DeprecateRefusal> {
  const own = ownProfile(stores, wanted);
  if (!own.ok) return own;
  const { record } = own.value;
  const next = deprecation.successor === null ? null : publishedId(stores, deprecation.successor);
  const step = advanceProfile(
    record,
    { type: "deprecate", deprecation: { ...deprecation, successor: next } },
    nowMs,
  );
  if (!step.ok) return step;
  if (deprecation.successor !== null && (next === null || next === profileId(record)))
    return err({ reason: "unknown_successor" });
  return ok(deprecated(stores, caller, step.value, nowMs));
}

/** With its version spelled out. */
function publishedId(stores: Stores, id: string): string | null {
  const found = runnableProfile(stores, id);
  if (!found.ok) return null;
  const { value } = found;
  return value.origin === "shipped" || value.stored.record.status === "published" ? value.id : null;
}

export interface RolledBack {
  readonly record: ProfileRecord;
  /** What `latest` is again. */
  readonly latest: string;
}

/** Takes the newest published version out of use, for the one before it: only that one has been in anybody's way. */
export function rollbackProfile(
  stores: Stores,
  { caller }: Admitted,
  wanted: RulesProfileId,
  reason: string,
  nowMs: number,
): Result<RolledBack, RollbackRefusal> {
  const own = ownProfile(stores, wanted);
  if (!own.ok) return own;
  const { record } = own.value;
  const { channel } = record;
  const former = publishedVersions(stores, channel).at(-2);
  const successor = former === undefined ? null : profileId({ channel, version: former });
  const step = advanceProfile(record, { type: "deprecate", deprecation: { reason, successor } }, nowMs);
  if (!step.ok) return step;
  if (latestVersion(stores, channel) !== record.version) return err({ reason: "not_latest" });
  if (successor === null) return err({ reason: "no_former" });
  return ok({ record: deprecated(stores, caller, step.value, nowMs), latest: successor });
}

function deprecated(
  stores: Stores,
  caller: Admitted["caller"],
  record: ProfileRecord,
  nowMs: number,
): ProfileRecord {
  stores.profiles.saveStep(record);
  const data = {
    ...subjectData(record),
    reason: record.deprecation?.reason ?? null,
    successor_profile_id: record.deprecation?.successor ?? null,
    latest_profile_id: latestId(stores, record.channel),
    deprecated_at: new Date(nowMs).toISOString(),
  };
  const subject = `rules:${data.rules_profile_id}`;
  stores.record(caller, { kind: "event", type: "rules.deprecated", subject, data }, nowMs);
  return record;
}

const subjectData = (record: ProfileRecord) => ({
  rules_profile_id: profileId(record),
  channel: record.channel,
  version: record.version,
  checksum: record.checksum,
});

interface Examined {
  readonly profile: Profile | null;
  readonly former: FoundProfile | undefined;
  readonly faults: readonly ProfileFault[];
}

/** A draft may have been taken in by an older linter; and whether its number fits depends on what else is published. */
function examine(stores: Stores, record: ProfileRecord, body: string): Examined {
  const parsed = parseProfile(JSON.parse(body));
  const former = predecessor(stores, record);
  if (!parsed.ok) return { profile: null, former, faults: parsed.error };
  const profile = parsed.value;
  const next = nextPublished(stores, record);
  const faults = [
    ...(former ? versionFaults(profileOf(former), profile, profile) : []),
    ...(next ? versionFaults(profile, profileOf(next), profile) : []),
  ];
  return { profile, former, faults };
}

const WORDS_SHOWN = 20;

const profileOf = (found: FoundProfile): Profile =>
  found.origin === "shipped" ? found.profile : readProfile(found.stored.body);

/** `judged` is the one of the two that is to be published; the other one cannot change any more. */
function versionFaults(before: Profile, after: Profile, judged: Profile): readonly ProfileFault[] {
  const { changes, requires } = diffProfiles(before, after);
  const step = stepOf(before.version, after.version);
  if (isAtLeast(step, requires)) return [];
  const reasons = changes.filter(({ level }) => !isAtLeast(step, level)).map(({ text }) => text);
  const more = reasons.length > WORDS_SHOWN ? `; and ${reasons.length - WORDS_SHOWN} more` : "";
  const message =
    (judged === after ? "" : `${after.version} is published already and would follow on this one: `) +
    `${after.version} is a ${step} version after ${before.version}, and the changes ask for a ${requires} one: ` +
    `${reasons.slice(0, WORDS_SHOWN).join("; ")}${more}`;
  return [{ path: "/version", message }];
}
