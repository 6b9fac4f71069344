/** Rules of one field that cannot all hold: each fault names the later rule, and the earlier one in its text. */

import { finds, offerFix } from "../fixes/correction";
import { compileRule, namesOf, type CompiledRule } from "./compile";
import type { Refuse } from "./lint-checks";
import { knownOutputs } from "./lint-fixes";
import { boundsOf, type Bounds } from "./bounds";
import type { Profile, ProfileRule } from "./profile";

/** A rule with what the comparisons need, worked out once. */
interface Seen {
  readonly spec: ProfileRule;
  readonly rule: CompiledRule;
  readonly path: string;
  /** Equal for rules that apply to the same rows; "" for those that apply to all. */
  readonly rows: string;
  readonly check: string;
  readonly bounds: Bounds | null;
  readonly members: readonly string[];
  readonly outputs: readonly string[];
  readonly characters: number;
}

/** Characters tried out in one profile: beyond it, contradictions are left to the files that show them. */
const TRIED_MAX_CHARACTERS = 200_000;

export function lintAcross(profile: Profile, refuse: Refuse): void {
  const byField = new Map<string, Seen[]>();
  let tried = 0;
  profile.rules.forEach((spec, i) => {
    if (!spec.enabled) return;
    const later = see(spec, `/rules/${i}`, profile);
    const earlier = byField.get(spec.field) ?? [];
    for (const other of earlier) {
      if (later.rows !== other.rows && later.rows !== "" && other.rows !== "") continue;
      tried += other.characters + later.characters;
      if (tried > TRIED_MAX_CHARACTERS) return;
      const reason = contradiction(other, later);
      if (reason !== null) refuse(later.path, `${reason} (with ${other.path}, "${other.spec.id}")`);
    }
    byField.set(spec.field, [...earlier, later]);
  });
}

function see(spec: ProfileRule, path: string, profile: Profile): Seen {
  const { when, skip_if, scope, check, fix } = spec;
  const members = [...new Set(namesOf(check, profile.mappings).values())];
  const outputs = fix ? knownOutputs(fix, profile) : [];
  const isForAll = when === undefined && skip_if === undefined && scope === undefined;
  return {
    spec,
    rule: compileRule(spec, profile),
    path,
    rows: isForAll ? "" : JSON.stringify([when, skip_if, scope]),
    check: JSON.stringify(check),
    bounds: boundsOf(check),
    members,
    outputs,
    characters: [...members, ...outputs].reduce((sum, text) => sum + text.length, 1),
  };
}

function contradiction(earlier: Seen, later: Seen): string | null {
  if (earlier.check === later.check && earlier.rows === later.rows) return "asks the same as an earlier rule";
  return (
    boundsApart(earlier.bounds, later.bounds) ??
    setsApart(earlier, later) ??
    setRefused(earlier, later) ??
    setRefused(later, earlier) ??
    fight(earlier, later) ??
    fight(later, earlier)
  );
}

function boundsApart(a: Bounds | null, b: Bounds | null): string | null {
  if (!a || !b || a.of !== b.of) return null;
  const [min, max] = [Math.max(a.min, b.min), Math.min(a.max, b.max)];
  return min > max ? `no ${a.of} is both at least ${min} and at most ${max}` : null;
}

function setsApart(a: Seen, b: Seen): string | null {
  if (a.members.length === 0 || b.members.length === 0) return null;
  return a.members.some((member) => passes(b, member)) || b.members.some((member) => passes(a, member))
    ? null
    : "the two sets have no value in common";
}

/** An error for a value that the set allows; milder rules may single some of its values out. */
function setRefused(set: Seen, other: Seen): string | null {
  if (set.members.length === 0 || other.members.length > 0 || other.rule.judgesBlank) return null;
  if (other.rule.check.fields.length > 0) return null;
  const refused = set.members.filter((member) => !passesInSomeCase(set, other, member));
  const isMild = other.spec.severity !== "error" && refused.length < set.members.length;
  const [first] = refused;
  return first === undefined || isMild ? null : `"${first}" is allowed by one and refused by the other`;
}

function passesInSomeCase(set: Seen, other: Seen, member: string): boolean {
  return [member, member.toLowerCase(), member.toUpperCase()].some(
    (text) => passes(set, text) && passes(other, text),
  );
}

function passes({ rule }: Seen, text: string): boolean {
  return !finds(rule, text);
}

/** What the one's fix writes the other's fix rewrites into what the one refuses again; or the other just refuses it. */
function fight(one: Seen, other: Seen): string | null {
  if (other.rule.check.fields.length > 0 || one.rule.check.fields.length > 0) return null;
  const isChosen = one.spec.fix?.type === "set_default" || one.spec.fix?.type === "map_value";
  for (const output of one.outputs) {
    if (!passes(one, output) || passes(other, output)) continue;
    const offer = offerFix(other.rule, output);
    const shown = output.slice(0, 40);
    if (offer && !passes(one, offer.after)) {
      return `their fixes fight: one writes "${shown}", the other makes it "${offer.after.slice(0, 40)}"`;
    }
    if (!offer && isChosen && other.spec.severity === "error") {
      return `the fix of "${one.spec.id}" writes "${shown}", which "${other.spec.id}" refuses`;
    }
  }
  return null;
}
