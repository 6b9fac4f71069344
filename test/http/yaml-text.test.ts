import { describe, expect, it } from "vitest";
import { parseYaml, yamlText } from "../../src/http/yaml-text";

const SIZE = 64 * 1024;
const numbered = (count: number, line: (name: string) => string, joint: string) =>
  Array.from({ length: count }, (_line, i) => line(i.toString(36))).join(joint);

describe("parseYaml", () => {
  it("reads JSON's own values, by YAML 1.2's words for them", () => {
    const text = "{a: 1.50, b: yes, c: 2026-11-01, d: null, e: ~, f: true, g: '01', h: 0o17, i: []}";
    expect(parseYaml(text)).toEqual({
      ok: true,
      value: { a: 1.5, b: "yes", c: "2026-11-01", d: null, e: null, f: true, g: "01", h: 15, i: [] },
    });
  });

  it.each([
    ["a: 1\nb: *x", "Unresolved alias"],
    ["a: 1\nb: @x", "line 2, column 4: "],
    ["a: 1\n'a': 2", 'The member "a" stands twice in one place.'],
    ["{a: 1, a: 1}", 'The member "a" stands twice in one place.'],
    ["? [a]\n: 1", "A member's name has to be a text."],
    ["a: !x 1", "line 1, column 4: "],
    ["a: 1\n...\nb: 2", "line "],
    [`- &a x\n${"- *a\n".repeat(201)}`, "It has more than 200 aliases."],
  ])("says what is wrong and where (%#)", (text, words) => {
    const read = parseYaml(text);
    expect(read).toMatchObject({ ok: false, error: expect.stringContaining(words) });
  });

  /** Each took the square of its length, or the whole stack, by the parser's own means. */
  it.each([
    ["members", numbered(SIZE / 8, (name) => `k${name}: 1`, "\n"), true],
    ["members in brackets", `{${numbered(SIZE / 8, (name) => `k${name}: 1`, ",")}}`, true],
    ["aliases", numbered(SIZE / 18, (name) => `- &a${name} x\n- *a${name}`, "\n"), false],
    ["brackets", "[".repeat(SIZE), false],
    ["dashes", "- ".repeat(SIZE / 2), false],
    ["question marks", "? ".repeat(SIZE / 2), false],
    ["faults", "- %\n".repeat(SIZE / 4), false],
  ])(
    "takes no more time than its length for many %s",
    (_what, text, isRead) => {
      expect(parseYaml(text).ok).toBe(isRead);
    },
    10_000,
  );

  it("reads what it has written, and writes no alias", () => {
    const shared = { "a: b": ["- x", "#", "", " y ", "1", "true", "\u00e7\n", 1.5, null, false] };
    const value = { one: shared, two: shared };
    const text = yamlText(value);
    expect(text).not.toMatch(/[&*]/);
    expect(parseYaml(text)).toEqual({ ok: true, value });
  });
});
