/** Two versions of a profile compared, member by member and in words; and which version number the changes ask for. */

import { highest, type ChangeLevel } from "../../domain/version-step";
import { changedMembers, said, type Members } from "./members";
import type { Profile, ProfileRule } from "./profile";

export type ChangeKind =
  | "rule_added"
  | "rule_removed"
  | "rule_changed"
  | "column_added"
  | "column_removed"
  | "column_changed"
  | "mapping_added"
  | "mapping_removed"
  | "mapping_changed"
  | "profile_changed";

export interface ProfileChange {
  readonly kind: ChangeKind;
  /** Of the rule, column or mapping; null for what is the profile's own. */
  readonly name: string | null;
  /** What of it is not the same: `check.max`. Null for what came or went whole. */
  readonly member: string | null;
  readonly level: ChangeLevel;
  readonly text: string;
}

export interface ProfileDiff {
  readonly changes: readonly ProfileChange[];
  /** What the version number has to promise: the most that any one change asks for. */
  readonly requires: ChangeLevel;
}

/** A text says something else: what was accepted stays accepted. */
const PATCHES: ReadonlySet<string> = new Set([
  "name",
  "description",
  "message",
  "tags",
  "source",
  "checked_on",
  "reviewer",
]);
/** It is another rule, or another kind of value. */
const MAJORS: ReadonlySet<string> = new Set(["field", "type", "check.type", "schema_version"]);
const PARTS: ReadonlySet<string> = new Set(["channel", "version", "columns", "mappings", "rules"]);

export function diffProfiles(from: Profile, to: Profile): ProfileDiff {
  const changes = [
    ...profileChanges(from, to),
    ...columns(from, to),
    ...mappings(from, to),
    ...rules(from, to),
  ];
  return { changes, requires: highest(changes.map(({ level }) => level)) };
}

function levelOf(member: string): ChangeLevel {
  const first = member.split(".")[0] ?? member;
  if (PATCHES.has(first)) return "patch";
  return MAJORS.has(member) ? "major" : "minor";
}

/** A rule that is asked of fewer rows than before refuses nothing new. Where that is not sure, it is asked of others. */
function levelOfRule(member: string, before: unknown, after: unknown): ChangeLevel {
  const isScope = member === "scope" || member.startsWith("scope.");
  if (isScope || member === "when" || member === "skip_if") return before === undefined ? "patch" : "minor";
  if (member === "enabled") return after === false ? "major" : "minor";
  return levelOf(member);
}

/** Who reads the enriched file misses a derived column as any other. */
function levelOfOwn(member: string, before: unknown, after: unknown): ChangeLevel {
  const names = (columns: unknown) => (columns as Profile["derived"]).map(({ name }) => name);
  return member === "derived" && loses(names(before), names(after)) ? "major" : levelOf(member);
}

function profileChanges(from: Profile, to: Profile): readonly ProfileChange[] {
  const own = (profile: Profile): Members =>
    Object.fromEntries(Object.entries(profile).filter(([name]) => !PARTS.has(name)));
  return changedMembers(own(from), own(to)).map(({ member, text, before, after }) => ({
    kind: "profile_changed",
    name: null,
    member,
    level: levelOfOwn(member, before, after),
    text: `profile: ${text}`,
  }));
}

interface Words {
  readonly noun: "rule" | "column" | "mapping";
  readonly describe: (thing: Members) => string;
  readonly added: (thing: Members) => ChangeLevel;
  readonly removed: (thing: Members) => ChangeLevel;
  readonly changed: (member: string, before: unknown, after: unknown) => ChangeLevel;
}

function compare(
  from: ReadonlyMap<string, Members>,
  to: ReadonlyMap<string, Members>,
  { noun, describe, added, removed, changed }: Words,
): readonly ProfileChange[] {
  const whole = (
    name: string,
    what: "added" | "removed",
    level: ChangeLevel,
    text: string,
  ): ProfileChange => ({
    kind: `${noun}_${what}`,
    name,
    member: null,
    level,
    text: `${noun} ${said(name)} ${text}`,
  });
  return [
    ...[...from].flatMap(([name, before]) =>
      to.has(name) ? [] : [whole(name, "removed", removed(before), `is removed${describe(before)}`)],
    ),
    ...[...to].flatMap(([name, after]): readonly ProfileChange[] => {
      const before = from.get(name);
      if (!before) return [whole(name, "added", added(after), `is added${describe(after)}`)];
      return changedMembers(before, after).map(({ member, text, ...values }) => ({
        kind: `${noun}_changed`,
        name,
        member,
        level: changed(member, values.before, values.after),
        text: `${noun} ${said(name)}: ${text}`,
      }));
    }),
  ];
}

const byName = <T>(things: readonly T[], nameOf: (thing: T) => string, membersOf: (thing: T) => Members) =>
  new Map(things.map((thing) => [nameOf(thing), membersOf(thing)]));

function rules(from: Profile, to: Profile): readonly ProfileChange[] {
  const index = ({ rules: all }: Profile) => byName(all, ({ id }) => id, ruleMembers);
  return compare(index(from), index(to), {
    noun: "rule",
    describe: ({ field, check }) => ` (${String((check as Members).type)} on ${said(field)})`,
    added: () => "minor",
    // One that was switched off has judged nothing.
    removed: ({ enabled }) => (enabled === false ? "patch" : "major"),
    changed: levelOfRule,
  });
}

/** `value` stands for `min` or `max` in the old service's files: written either way it is the same rule. */
function ruleMembers({ id: _id, check, ...rest }: ProfileRule): Members {
  const { value, ...others } = check as unknown as Members;
  if (value === undefined) return { ...rest, check };
  const bound = check.type.endsWith("_max") ? "max" : check.type.endsWith("_min") ? "min" : "value";
  return { ...rest, check: { [bound]: value, ...others } };
}

function columns(from: Profile, to: Profile): readonly ProfileChange[] {
  const index = ({ columns: all }: Profile) =>
    byName(
      all,
      ({ name }) => name,
      ({ name: _name, ...rest }) => rest,
    );
  return compare(index(from), index(to), {
    noun: "column",
    describe: () => "",
    added: () => "minor",
    removed: () => "major",
    // A file whose header uses the alias is not understood any more.
    changed: (member, before, after) =>
      member === "aliases" ? (loses(before, after) ? "major" : "minor") : levelOf(member),
  });
}

const loses = (before: unknown, after: unknown): boolean =>
  Array.isArray(before) && before.some((alias) => !Array.isArray(after) || !after.includes(alias));

function mappings(from: Profile, to: Profile): readonly ProfileChange[] {
  const index = ({ mappings: all }: Profile) => new Map<string, Members>(Object.entries(all));
  return compare(index(from), index(to), {
    noun: "mapping",
    describe: () => "",
    added: () => "minor",
    removed: () => "minor",
    changed: () => "minor",
  });
}
