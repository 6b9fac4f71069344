import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isJsonObject, parseStrictJson } from "../../src/auth/strict-json";

/** A JSON value as a list of members, so that a text may hold what no object can: a name twice. */
type Tree =
  { readonly members: readonly (readonly [string, Tree])[] } | { readonly items: readonly Tree[] } | string;

const name = fc.oneof(
  fc.string({ unit: "binary", maxLength: 6 }),
  fc.constantFrom("", "__proto__", "constructor", "a\\", '"', "{", "]", ",", ":", "\u2028", "\ud800"),
);

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5, depthSize: "medium" },
    fc
      .oneof(fc.string({ unit: "binary" }), fc.constantFrom('{"a":1,"a":2}', "\\", '\\"'))
      .map((text) => JSON.stringify(text)),
    fc.oneof(fc.integer(), fc.boolean(), fc.constant(null)).map(String),
    fc.array(tie("tree"), { maxLength: 4 }).map((items) => ({ items })),
    fc
      .uniqueArray(fc.tuple(name, tie("tree")), { maxLength: 5, selector: ([member]) => member })
      .map((members) => ({ members })),
  ),
}));

/** How strings are spelled: as JSON.stringify does, or with escapes throughout. */
const spellings = {
  plain: (text: string) => JSON.stringify(text),
  escaped: (text: string) =>
    `"${text
      .split("")
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .join("")}"`,
};
const spelling = fc.constantFrom(...Object.values(spellings));
const space = fc.constantFrom("", " ", "\n\t");

function write(value: Tree, spell: (text: string) => string, gap: string): string {
  if (typeof value === "string") return gap + value + gap;
  if ("items" in value)
    return `${gap}[${value.items.map((item) => write(item, spell, gap)).join(",")}${gap}]`;
  const members = value.members.map(
    ([key, member]) => `${gap}${spell(key)}${gap}:${write(member, spell, gap)}`,
  );
  return `{${members.join(",")}${gap}}${gap}`;
}

/** As many objects as a tree holds, each of which has members. */
const objectsOf = (value: Tree): number =>
  typeof value === "string"
    ? 0
    : "items" in value
      ? value.items.reduce((sum, item) => sum + objectsOf(item), 0)
      : value.members.reduce((sum, [, member]) => sum + objectsOf(member), value.members.length > 0 ? 1 : 0);

/** The same tree with one member of its nth object there again, elsewhere in it and with another value. */
function plant(value: Tree, nth: { left: number }): Tree {
  if (typeof value === "string") return value;
  if ("items" in value) return { items: value.items.map((item) => plant(item, nth)) };
  const here = value.members.length > 0 && nth.left-- === 0;
  const members = value.members.map(([key, member]) => [key, plant(member, nth)] as const);
  return here ? { members: [...members, [members[0]![0], "null"]] } : { members };
}

describe("parseStrictJson", () => {
  it("gives what JSON.parse gives for every text without a name twice", () => {
    fc.assert(
      fc.property(tree, spelling, space, (value, spell, gap) => {
        const text = write(value, spell, gap);
        expect(parseStrictJson(text)).toEqual({ ok: true, value: JSON.parse(text) });
      }),
      { numRuns: 500 },
    );
  });

  it("refuses the same text once a name is planted anywhere for a second time", () => {
    fc.assert(
      fc.property(tree, spelling, spelling, space, fc.nat(), (value, spell, spellAgain, gap, at) => {
        const count = objectsOf(value);
        fc.pre(count > 0);
        const planted = plant(value, { left: at % count });
        let written = 0;
        const alternating = (text: string) => (written++ % 2 === 0 ? spell(text) : spellAgain(text));
        expect(parseStrictJson(write(planted, alternating, gap))).toEqual({
          ok: false,
          error: "duplicate_name",
        });
      }),
      { numRuns: 500 },
    );
  });

  it("calls malformed what JSON.parse refuses, and nothing else", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[]",:\\u0061anul1 '), maxLength: 20 }), (text) => {
        let parses = true;
        try {
          JSON.parse(text);
        } catch {
          parses = false;
        }
        const result = parseStrictJson(text);
        expect(!result.ok && result.error === "malformed").toBe(!parses);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['{"alg":1,"alg":2}', "duplicate_name"],
    ['{"alg":1,"\\u0061lg":2}', "duplicate_name"],
    ['{"\\u0061lg":1,"a\\u006Cg":2}', "duplicate_name"],
    ['{"a":{"b":[{"c":1,"c":1}]}}', "duplicate_name"],
    ['[{"a":1},{"a":{},"a":{}}]', "duplicate_name"],
    ['{"__proto__":1,"__proto__":1}', "duplicate_name"],
    ['{"":1,"":1}', "duplicate_name"],
    ['{"\\"":1,"\\u0022":1}', "duplicate_name"],
    ['{"a":1,"b":{"a":1},"a":2}', "duplicate_name"],
    ['{"a":1,}', "malformed"],
    ['\ufeff{"a":1}', "malformed"],
    ["", "malformed"],
    ["[".repeat(33) + "]".repeat(33), "too_deep"],
    [`${'{"a":'.repeat(33)}1${"}".repeat(33)}`, "too_deep"],
    ["[".repeat(30_000) + "]".repeat(30_000), "too_deep"],
  ])("refuses %.60s", (text, error) => {
    expect(parseStrictJson(text)).toEqual({ ok: false, error });
  });

  it.each([
    '{"a":"a","b":"a"}',
    '{"a":{"a":{"a":1}}}',
    '[{"a":1},{"a":1}]',
    '{"a":["a","a","b","b"],"b":"a"}',
    '{"a":"\\"a\\":1,\\"a\\":2"}',
    '{"a\\\\":1,"a":2}',
    '{"a":1,"A":2,"\u00e9":3,"e\u0301":4}',
    "[".repeat(32) + "]".repeat(32),
    '"a"',
    "null",
  ])("takes %.60s", (text) => {
    expect(parseStrictJson(text)).toEqual({ ok: true, value: JSON.parse(text) });
  });

  it("keeps a member named __proto__ a member", () => {
    const result = parseStrictJson('{"__proto__":{"alg":"none"}}');
    expect(result.ok && isJsonObject(result.value) && result.value.alg).toBeUndefined();
  });

  it("is linear in the text", () => {
    const members = (count: number) =>
      `{${Array.from({ length: count }, (_, at) => `"m${at}":"\\\\\\""`).join(",")}}`;
    for (const text of [members(100_000), `"${'\\"'.repeat(500_000)}"`, `{"${"\\u0061".repeat(200_000)}":1}`])
      expect(parseStrictJson(text).ok).toBe(true);
  });
});
