/** Refuses profiles that contradict themselves: better at PUT than in a seller's file. Each fault is named. */

import { fold, labelKey } from "../fold";
import { SUGGESTED_SET_MAX } from "../fixes/suggest";
import { dialectFaults } from "../reading/table-dialect";
import { namesOf } from "./compile";
import { lintAcross } from "./lint-across";
import { lintCase, lintCheck, lintExpression, lintMapping, type Refuse } from "./lint-checks";
import { lintConditions } from "./lint-conditions";
import { lintCycles, lintFix } from "./lint-fixes";
import type { FixSpec } from "./fix-schema";
import type { Profile, ProfileFault, ProfileRule } from "./profile";

/** Each keeps its own account of all rows: in memory, and beyond that in what is laid aside. */
const UNIQUE_RULES_MAX = 20;

export function lintProfile(profile: Profile): ProfileFault[] {
  const faults: ProfileFault[] = [];
  const refuse: Refuse = (path, message) => faults.push({ path, message });
  lintColumns(profile, refuse);
  lintDerived(profile, refuse);
  lintDialect(profile, refuse);
  const ids = new Set<string>();
  let uniqueRules = 0;
  profile.rules.forEach((rule, i) => {
    const path = `/rules/${i}`;
    if (ids.has(rule.id)) refuse(`${path}/id`, `"${rule.id}" is the id of an earlier rule`);
    ids.add(rule.id);
    const before = faults.length;
    lintConditions(rule, path, refuse);
    lintCheck(rule.check, profile, `${path}/check`, refuse);
    lintUnique(rule, path, refuse);
    if (isUnique(rule) && ++uniqueRules > UNIQUE_RULES_MAX) {
      refuse(
        `${path}/check/type`,
        `a profile has at most ${UNIQUE_RULES_MAX} unique and unique_together rules: remove this one or another`,
      );
    }
    if (rule.fix) lintNames(rule, rule.fix, profile, `${path}/fix`, refuse);
    if (faults.length > before) return;
    lintAction(rule, profile, path, refuse);
    if (rule.fix) lintFix(rule, rule.fix, profile, `${path}/fix`, refuse);
  });
  // What follows holds the rules against each other, and expects each to make sense by itself.
  if (faults.length > 0) return faults;
  lintCycles(profile, refuse);
  lintAcross(profile, refuse);
  return faults;
}

function lintColumns(profile: Profile, refuse: Refuse): void {
  const owners = new Map<string, string>();
  profile.columns.forEach((column, i) => {
    for (const label of [column.name, ...(column.aliases ?? [])]) {
      const owner = owners.get(labelKey(label));
      if (owner !== undefined && owner !== column.name) {
        refuse(`/columns/${i}`, `"${label}" also names the column "${owner}"`);
      }
      owners.set(labelKey(label), column.name);
    }
  });
}

function lintDialect({ dialect, columns }: Profile, refuse: Refuse): void {
  if (!dialect) return;
  for (const { path, message } of dialectFaults(dialect)) refuse(`/dialect${path}`, message);
  if (dialect.header === false && columns.length === 0) {
    refuse("/dialect/header", "name the columns in their order: a file without a header does not");
  }
}

/** A column of a name that the file has already is not added, so two of one name would make one. */
function lintDerived({ derived }: Profile, refuse: Refuse): void {
  const names = new Set<string>();
  derived.forEach(({ name, from }, i) => {
    if (fold(name) === "") refuse(`/derived/${i}/name`, "is blank");
    if (names.has(fold(name)))
      refuse(`/derived/${i}/name`, `"${name}" is the name of an earlier derived column`);
    names.add(fold(name));
    if (typeof from === "string") lintExpression(from, `/derived/${i}/from`, refuse);
  });
}

const isUnique = ({ check }: ProfileRule): boolean =>
  check.type === "unique" || check.type === "unique_together";

function lintUnique({ check, field, fix }: ProfileRule, path: string, refuse: Refuse): void {
  if (check.type !== "unique" && check.type !== "unique_together") return;
  if (fix) refuse(`${path}/fix`, "a duplicate has no fix: which of the rows is right, only the seller knows");
  if (check.type === "unique") {
    if (check.as !== undefined && check.ignore_case) refuse(`${path}/check`, `a ${check.as} has no case`);
    return;
  }
  check.fields.forEach((other, i) => {
    if (other === field || check.fields.indexOf(other) < i) {
      refuse(`${path}/check/fields/${i}`, `"${other}" is part of the key already`);
    }
  });
}

function lintNames(
  { field }: ProfileRule,
  fix: FixSpec,
  profile: Profile,
  path: string,
  refuse: Refuse,
): void {
  if (fix.type === "map_value") lintMapping(fix.mapping, profile, `${path}/mapping`, refuse);
  if (fix.type === "normalize") lintCase(fix, path, refuse);
  if (fix.type === "concatenate" && fix.fields.includes(field)) {
    refuse(`${path}/fields`, `"${field}" is the field that is to be filled`);
  }
}

function lintAction(rule: ProfileRule, profile: Profile, path: string, refuse: Refuse): void {
  const { action, fix, check } = rule;
  if (action === "transform" && !fix) refuse(`${path}/action`, "a transform needs a fix");
  if (action !== "suggest") return;
  if (fix) refuse(`${path}/fix`, "a rule that suggests leaves the choice to a person: it has no fix");
  const choices = namesOf(check, profile.mappings).size;
  if (choices === 0) refuse(`${path}/action`, "suggestions come from an in_set or enum check");
  if (choices > SUGGESTED_SET_MAX) {
    refuse(`${path}/action`, `suggestions come from at most ${SUGGESTED_SET_MAX} values, not ${choices}`);
  }
}
