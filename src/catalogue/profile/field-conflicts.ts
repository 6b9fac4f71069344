/** What two profiles ask differently of one field, each way in which they can. */

import { fold } from "../fold";
import { boundsOf, type Bounds } from "./bounds";
import type { RuleCheckSpec } from "./check-schema";
import { namesOf } from "./compile";
import type { Profile, ProfileRule } from "./profile";

export type ConflictKind = "bounds" | "values" | "outputs" | "form" | "pattern" | "required";

/**
 * `impossible`: no value pleases both, so that each channel needs a file of its own. `narrower`: what pleases both is
 * less than one of them allows. `differs`: they ask for different things, and only a value can tell.
 */
export type ConflictLevel = "impossible" | "narrower" | "differs";

export interface ConflictParty {
  readonly profileId: string;
  /** Null where the profile has no such rule, or no such field. */
  readonly ruleId: string | null;
}

export interface ProfileConflict {
  readonly kind: ConflictKind;
  readonly level: ConflictLevel;
  /** As the first of the two profiles names it. */
  readonly field: string;
  readonly parties: readonly [ConflictParty, ConflictParty];
  readonly text: string;
}

export interface Side {
  readonly id: string;
  readonly profile: Profile;
}

export interface Field {
  readonly name: string;
  readonly labels: ReadonlySet<string>;
  readonly asks: readonly Ask[];
}

/** One thing that a rule asks of every row. */
interface Ask {
  readonly rule: ProfileRule;
  readonly check: RuleCheckSpec;
}

/** A field of the first profile, and the one of the second that is the same column of a file. */
interface Pair {
  readonly a: Side;
  readonly b: Side;
  readonly of: Field;
  readonly mine: Field;
  readonly theirs: Field;
}

export const fieldConflicts = (pair: Pair): readonly ProfileConflict[] => [
  ...bounds(pair),
  ...values(pair),
  ...outputs(pair),
  ...forms(pair),
  ...patterns(pair),
];

/** Of a column that one profile needs in every row, and the other has not. */
export function requiredAlone(of: Field, a: Side, b: Side): readonly ProfileConflict[] {
  const required = of.asks.find(({ check }) => check.type === "required");
  if (!required) return [];
  const text = `${a.id} requires ${of.name}, of which ${b.id} knows nothing`;
  return [conflict({ a, b, of }, { kind: "required", level: "differs", text }, required.rule, null)];
}

const conflict = (
  { a, b, of }: Pick<Pair, "a" | "b" | "of">,
  what: Pick<ProfileConflict, "kind" | "level" | "text">,
  mine: ProfileRule | null,
  theirs: ProfileRule | null,
): ProfileConflict => ({
  ...what,
  field: of.name,
  parties: [
    { profileId: a.id, ruleId: mine?.id ?? null },
    { profileId: b.id, ruleId: theirs?.id ?? null },
  ],
});

const EXAMPLES_MAX = 5;
const SHOWN_MAX_CHARS = 60;

/** What a side lets through at most, and the rules that say so. */
interface Limits {
  readonly min: number;
  readonly max: number;
  readonly atLeast: ProfileRule | null;
  readonly atMost: ProfileRule | null;
}

const WORDS = { number: "a number of", length: "characters:", items: "items:" } as const;

function bounds(pair: Pair): readonly ProfileConflict[] {
  const { a, b, of } = pair;
  return (["length", "number", "items"] as const).flatMap((unit) => {
    const [mine, theirs] = [limitsOf(pair.mine, unit), limitsOf(pair.theirs, unit)];
    const say = (level: ConflictLevel, text: string, one: ProfileRule | null, other: ProfileRule | null) =>
      conflict(pair, { kind: "bounds", level, text: `${of.name}: ${text}` }, one, other);
    const word = WORDS[unit];
    if (mine.min > theirs.max)
      return [
        say(
          "impossible",
          `${a.id} asks for ${word} at least ${mine.min}, ${b.id} for at most ${theirs.max}`,
          mine.atLeast,
          theirs.atMost,
        ),
      ];
    if (theirs.min > mine.max)
      return [
        say(
          "impossible",
          `${a.id} asks for ${word} at most ${mine.max}, ${b.id} for at least ${theirs.min}`,
          mine.atMost,
          theirs.atLeast,
        ),
      ];
    const found: ProfileConflict[] = [];
    if (mine.atMost && theirs.atMost && mine.max !== theirs.max)
      found.push(
        say(
          "narrower",
          `${word} at most ${mine.max} in ${a.id} and ${theirs.max} in ${b.id}; both take at most ${Math.min(mine.max, theirs.max)}`,
          mine.atMost,
          theirs.atMost,
        ),
      );
    if (mine.atLeast && theirs.atLeast && mine.min !== theirs.min)
      found.push(
        say(
          "narrower",
          `${word} at least ${mine.min} in ${a.id} and ${theirs.min} in ${b.id}; both take at least ${Math.max(mine.min, theirs.min)}`,
          mine.atLeast,
          theirs.atLeast,
        ),
      );
    return found;
  });
}

function limitsOf({ asks }: Field, unit: Bounds["of"]): Limits {
  let limits: Limits = { min: -Infinity, max: Infinity, atLeast: null, atMost: null };
  for (const { rule, check } of asks) {
    const bound = boundsOf(check);
    if (bound?.of !== unit) continue;
    if (bound.min > limits.min) limits = { ...limits, min: bound.min, atLeast: rule };
    if (bound.max < limits.max) limits = { ...limits, max: bound.max, atMost: rule };
  }
  return limits;
}

function values(pair: Pair): readonly ProfileConflict[] {
  const { a, b, of } = pair;
  const [mine, theirs] = [setOf(pair.mine, a.profile), setOf(pair.theirs, b.profile)];
  if (!mine || !theirs) return [];
  const [here, there] = [new Set(mine.members), new Set(theirs.members)];
  const both = mine.members.filter((member) => there.has(member));
  if (both.length === 0) {
    const text = `${of.name}: no value is in both sets, ${shown(mine.members)} in ${a.id} and ${shown(theirs.members)} in ${b.id}`;
    return [conflict(pair, { kind: "values", level: "impossible", text }, mine.rule, theirs.rule)];
  }
  const only = [
    ...one(
      `${a.id} alone takes`,
      mine.members.filter((member) => !there.has(member)),
    ),
    ...one(
      `${b.id} alone takes`,
      theirs.members.filter((member) => !here.has(member)),
    ),
  ];
  if (only.length === 0) return [];
  const text = `${of.name}: ${only.join("; ")}`;
  return [conflict(pair, { kind: "values", level: "narrower", text }, mine.rule, theirs.rule)];
}

const one = (says: string, members: readonly string[]): readonly string[] =>
  members.length === 0 ? [] : [`${says} ${shown(members)}`];

/** The first set that the field must be in: a second one of the same profile is a rule the linter has an eye on. */
function setOf({ asks }: Field, { mappings }: Profile) {
  for (const { rule, check } of asks) {
    const members = [...new Set(namesOf(check, mappings).values())];
    if (members.length > 0) return { rule, members };
  }
  return null;
}

/** Values that the two channels' mappings write differently. */
function outputs(pair: Pair): readonly ProfileConflict[] {
  const { a, b, of } = pair;
  const [mine, theirs] = [mappingOf(pair.mine, a.profile), mappingOf(pair.theirs, b.profile)];
  if (!mine || !theirs) return [];
  const apart = [...mine.entries].filter(
    ([value, output]) => (theirs.entries.get(value) ?? output) !== output,
  );
  if (apart.length === 0) return [];
  const listed = apart
    .slice(0, EXAMPLES_MAX)
    .map(
      ([value, output]) =>
        `${quoted(value)} becomes ${quoted(output)} for ${a.id} and ${quoted(theirs.entries.get(value) ?? "")} for ${b.id}`,
    );
  const text = `${of.name}: ${listed.join("; ")}${more(apart.length)}`;
  return [conflict(pair, { kind: "outputs", level: "differs", text }, mine.rule, theirs.rule)];
}

function mappingOf({ asks }: Field, { mappings }: Profile) {
  for (const { rule } of asks) {
    if (rule.fix?.type !== "map_value") continue;
    const entries = Object.entries(mappings[rule.fix.mapping] ?? {});
    return { rule, entries: new Map(entries.map(([value, output]) => [fold(value), output])) };
  }
  return null;
}

const FORMS: ReadonlySet<string> = new Set([
  "format",
  "integer",
  "decimal",
  "decimal_places",
  "boolean",
  "url",
  "email",
  "gtin",
  "upc_e",
  "isbn",
  "ncm",
  "cest",
  "cpf",
  "cnpj",
  "cep",
  "image_url",
  "dimensions",
  "measure",
  "date",
  "normalized",
]);

function forms(pair: Pair): readonly ProfileConflict[] {
  const { a, b, of } = pair;
  const [mine, theirs] = [formsOf(pair.mine), formsOf(pair.theirs)];
  const [first] = [...mine].filter(([form]) => !theirs.has(form));
  const [second] = [...theirs].filter(([form]) => !mine.has(form));
  if (!first || !second) return [];
  const text = `${of.name}: ${a.id} asks for ${first[0]}, ${b.id} for ${second[0]}`;
  return [conflict(pair, { kind: "form", level: "differs", text }, first[1], second[1])];
}

function formsOf({ asks }: Field): ReadonlyMap<string, ProfileRule> {
  const named = asks.flatMap(({ rule, check }): readonly [string, ProfileRule][] => {
    if (!FORMS.has(check.type)) return [];
    const { type, ...options } = check;
    const words = Object.entries(options).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
    const form = type === "format" && "format" in check ? check.format : type;
    return [[[form, ...(type === "format" ? [] : words)].join(" "), rule]];
  });
  return new Map(named);
}

function patterns(pair: Pair): readonly ProfileConflict[] {
  const { a, b, of } = pair;
  const [mine, theirs] = [patternsOf(pair.mine), patternsOf(pair.theirs)];
  const [first] = [...mine].filter(([pattern]) => !theirs.has(pattern));
  const [second] = [...theirs].filter(([pattern]) => !mine.has(pattern));
  if (!first || !second) return [];
  const text = `${of.name}: ${a.id} asks for ${quoted(first[0])}, ${b.id} for ${quoted(second[0])}`;
  return [conflict(pair, { kind: "pattern", level: "differs", text }, first[1], second[1])];
}

const patternsOf = ({ asks }: Field): ReadonlyMap<string, ProfileRule> =>
  new Map(
    asks.flatMap(({ rule, check }): readonly [string, ProfileRule][] =>
      check.type === "regex" || check.type === "pattern" ? [[check.pattern, rule]] : [],
    ),
  );

const shown = (members: readonly string[]): string =>
  `${members.slice(0, EXAMPLES_MAX).map(quoted).join(", ")}${more(members.length)}`;

const more = (count: number): string => (count > EXAMPLES_MAX ? ` and ${count - EXAMPLES_MAX} more` : "");

const quoted = (text: string): string =>
  JSON.stringify(text.length <= SHOWN_MAX_CHARS ? text : `${text.slice(0, SHOWN_MAX_CHARS)}…`);
