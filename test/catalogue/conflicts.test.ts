import { describe, expect, it } from "vitest";
import { conflictsBetween } from "../../src/catalogue/profile/conflicts";
import { parseProfile, type Profile } from "../../src/catalogue/profile/profile";

function profile(channel: string, rules: object[], more: object = {}): Profile {
  const parsed = parseProfile({ channel, version: "1.0.0", rules, ...more });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

const rule = (check: object, more: object = {}) => ({ id: "r", field: "title", check, ...more });

/** What there is to say of one rule each over the same field. */
const said = (mine: object, theirs: object, more: object = {}, others = more) =>
  conflictsBetween([profile("aa", [mine], more), profile("bb", [theirs], others)]).map(
    ({ kind, level, text, parties }) => [kind, level, text, parties.map(({ ruleId }) => ruleId)],
  );

describe("profiles of several channels", () => {
  const max = (of: number) => rule({ type: "length_max", max: of });
  const set = (...of: string[]) => rule({ type: "in_set", values: of });
  it.each<[object, object, string, string, RegExp]>([
    [
      max(60),
      rule({ type: "length_min", min: 80 }),
      "bounds",
      "impossible",
      /aa@1\.0\.0 asks for characters: at most 60, bb@1\.0\.0 for at least 80/,
    ],
    [
      rule({ type: "length", min: 9 }),
      rule({ type: "length", max: 8 }),
      "bounds",
      "impossible",
      /at least 9, bb@1\.0\.0 for at most 8/,
    ],
    [
      max(60),
      max(100),
      "bounds",
      "narrower",
      /at most 60 in aa@1\.0\.0 and 100 in bb@1\.0\.0; both take at most 60/,
    ],
    [
      rule({ type: "range", min: 1 }),
      rule({ type: "numeric_min", min: 5 }),
      "bounds",
      "narrower",
      /both take at least 5/,
    ],
    [
      rule({ type: "item_count", max: 3 }),
      rule({ type: "item_count", min: 4 }),
      "bounds",
      "impossible",
      /items/,
    ],
    [
      set("new"),
      set("novo"),
      "values",
      "impossible",
      /no value is in both sets, "new" in aa@1\.0\.0 and "novo" in bb@1\.0\.0/,
    ],
    [
      set("a", "b"),
      set("b", "c"),
      "values",
      "narrower",
      /aa@1\.0\.0 alone takes "a"; bb@1\.0\.0 alone takes "c"/,
    ],
    [
      rule({ type: "integer" }),
      rule({ type: "decimal", scale: 2 }),
      "form",
      "differs",
      /asks for integer, bb@1\.0\.0 for decimal scale 2/,
    ],
    [rule({ type: "date" }), rule({ type: "date", format: "iso" }), "form", "differs", /date format "iso"/],
    [
      rule({ type: "regex", pattern: "^A" }),
      rule({ type: "pattern", pattern: "^B" }),
      "pattern",
      "differs",
      /"\^A", bb@1\.0\.0 for "\^B"/,
    ],
    [
      rule({ type: "composite", all: [{ type: "required" }, { type: "length_max", max: 5 }] }),
      rule({ type: "length_min", min: 6 }),
      "bounds",
      "impossible",
      /at most 5/,
    ],
  ])("are compared rule by rule: %j with %j", (mine, theirs, kind, level, text) => {
    expect(said(mine, theirs)).toEqual([[kind, level, expect.stringMatching(text), ["r", "r"]]]);
  });

  it("may write one value in two ways", () => {
    const fixed = (to: string) => [
      rule({ type: "in_set", values: [to, "same"] }, { fix: { type: "map_value", mapping: "m" } }),
      { mappings: { m: { Nóvo: to, igual: "same" } } },
    ];
    const [[mine, more], [theirs, others]] = [fixed("new"), fixed("NEW")] as [
      [object, object],
      [object, object],
    ];
    expect(said(mine, theirs, more, others)).toContainEqual([
      "outputs",
      "differs",
      'title: "novo" becomes "new" for aa@1.0.0 and "NEW" for bb@1.0.0',
      ["r", "r"],
    ]);
  });

  it.each([
    ["the same rule", max(60), max(60)],
    ["a bound of one alone", max(60), rule({ type: "required" })],
    ["a condition", max(60), { ...rule({ type: "length_min", min: 80 }), when: "title" }],
    ["a rule that is off", max(60), { ...rule({ type: "length_min", min: 80 }), enabled: false }],
    ["what is only told", max(60), { ...rule({ type: "length_min", min: 80 }), severity: "info" }],
  ])("do not conflict by %s", (_name, mine, theirs) => {
    expect(said(mine, theirs)).toEqual([]);
  });

  it("find the same column under another name, alias or synonym, each once", () => {
    const at = (channel: string, field: string, check: object, aliases: string[] = []) =>
      profile(channel, [{ id: "r", field, check }], { columns: [{ name: field, aliases }] });
    const [short, long] = [
      { type: "length_max", max: 5 },
      { type: "length_min", min: 9 },
    ];
    const impossible = [expect.objectContaining({ kind: "bounds", level: "impossible" })];
    expect(conflictsBetween([at("aa", "Título", short), at("bb", "nome", long, ["titulo"])])).toEqual(
      impossible,
    );
    expect(conflictsBetween([at("aa", "preco", short), at("bb", "price", long)])).toEqual(impossible);
    expect(conflictsBetween([at("aa", "x", short), at("bb", "y", long)])).toEqual([]);
  });

  it("name what one requires and the other does not know, in either order, and all pairs", () => {
    const needs = (channel: string, field: string) =>
      profile(channel, [{ id: "need", field, check: { type: "required" } }]);
    const found = conflictsBetween([needs("aa", "ncm"), needs("bb", "cest"), needs("cc", "ncm")]);
    expect(found.map(({ text }) => text)).toEqual([
      "aa@1.0.0 requires ncm, of which bb@1.0.0 knows nothing",
      "bb@1.0.0 requires cest, of which aa@1.0.0 knows nothing",
      "bb@1.0.0 requires cest, of which cc@1.0.0 knows nothing",
      "cc@1.0.0 requires ncm, of which bb@1.0.0 knows nothing",
    ]);
    expect(found[0]?.parties).toEqual([
      { profileId: "aa@1.0.0", ruleId: "need" },
      { profileId: "bb@1.0.0", ruleId: null },
    ]);
  });

  it("may have thousands of fields", () => {
    const wide = (channel: string) =>
      profile(
        channel,
        Array.from({ length: 2000 }, (_, at) => ({
          id: `r${at}`,
          field: `f${at}`,
          check: { type: "length_max", max: channel.charCodeAt(0) },
        })),
      );
    const profiles = [..."abcdefgh"].map((letter) => wide(`${letter}${letter}`));
    expect(conflictsBetween(profiles)).toHaveLength(28 * 2000);
  });
});
