import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Pattern } from "../../src/catalogue/checks/pattern";

function compiled(source: string, ignoreCase = false): Pattern {
  const pattern = Pattern.compile(source, ignoreCase);
  if (!pattern.ok) throw new Error(pattern.error);
  return pattern.value;
}

const SOURCES = [
  "^MLB\\d+$", "abc", "^(a|b)*c$", "a{2,3}", "^a{2}$", "^a{2,}b?$", "[^ab]c", "^$", "^", "$", "a|b|^c$", "(ab|a)(bc|c)?$",
  "^[a-c-]+$", "\\w+\\s\\d", "^.$", "x*", "^(?:a|ab)(?:c|bcd)(?:d*)$", "(a*)*b", "(a+)+$", "[\\d.]+,\\d{2}$", "\\.", "é+", "a.c",
]; // prettier-ignore

describe("Pattern", () => {
  it.each(SOURCES)("agrees with RegExp on %s", (source) => {
    const pattern = compiled(source);
    const regexp = new RegExp(source, "u");
    const encoder = new TextEncoder();
    const text = fc.string({ unit: fc.constantFrom(..."abcdABx019 .,-éM\nL😀"), maxLength: 12 });
    fc.assert(
      fc.property(text, (value) => {
        expect(pattern.test(value)).toBe(regexp.test(value));
        const bytes = encoder.encode(value);
        const ascii = pattern.testAscii(bytes, 0, bytes.length);
        if (ascii !== null) expect(ascii).toBe(regexp.test(value));
      }),
      { seed: 7, numRuns: 150 },
    );
  });

  it("ignores case where it is told to", () => {
    expect(compiled("^[a-z]É$", true).test("Bé")).toBe(true);
    expect(compiled("^[a-z]É$").test("Bé")).toBe(false);
  });

  it.each(["(a+)+$", "^(a|a)*$", "(.*a){12}", "^(([a-z])+.)+[A-Z]([a-z])+$"])(
    "takes %s in linear time",
    (source) => {
      const pattern = compiled(source);
      const startMs = performance.now();
      expect(pattern.test(`${"a".repeat(19_999)}!`)).toBe(source === "(.*a){12}");
      expect(performance.now() - startMs).toBeLessThan(1000);
    },
  );

  it("agrees with RegExp on patterns that nobody has thought of", () => {
    const atom = fc.constantFrom("a", "b", ".", "[ab]", "[^a]", "\\d", "^", "$", "", "c");
    const { source } = fc.letrec<{ source: string }>((tie) => ({
      source: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        atom,
        fc.tuple(tie("source"), tie("source")).map(([a, b]) => `${a}${b}`),
        fc.tuple(tie("source"), tie("source")).map(([a, b]) => `(?:${a}|${b})`),
        fc
          .tuple(tie("source"), fc.constantFrom("*", "+", "?", "{2}", "{0,2}", "{1,}", "*?"))
          .map(([a, quantifier]) => `(${a})${quantifier}`),
      ),
    }));
    const text = fc.string({ unit: fc.constantFrom(..."abc0\n"), maxLength: 10 });
    fc.assert(
      fc.property(source, fc.array(text, { minLength: 5, maxLength: 5 }), (pattern, values) => {
        const tested = compiled(pattern);
        const regexp = new RegExp(pattern, "u");
        for (const value of values) expect(tested.test(value)).toBe(regexp.test(value));
      }),
      { seed: 11, numRuns: 2000 },
    );
  });

  it("follows step by step, as RegExp does, what has more states than it keeps", () => {
    const pattern = compiled("a[ac]{300}b$");
    const regexp = /a[ac]{300}b$/;
    const text = fc.array(fc.constantFrom("a", "c"), { minLength: 3000, maxLength: 3000 });
    fc.assert(
      fc.property(text, fc.constantFrom("", "b"), (letters, last) => {
        const value = `${letters.join("")}${last}`;
        expect(pattern.test(value)).toBe(regexp.test(value));
      }),
      { seed: 13, numRuns: 20 },
    );
  });

  it("does not read a cell that costs a large pattern too much", () => {
    expect(compiled("a$").test(`${"b".repeat(19_998)}a`)).toBe(true);
    expect(compiled("[ab]{500}[ab]{500}a$").test(`${"b".repeat(19_998)}a`)).toBe(false);
  });

  it.each([
    "(((){1000}){1000}){300}",
    "((((){500}){500}){500}){500}",
    "((()*){500}){500}",
    "((){0,500}){500}",
  ])("makes %s or refuses it, and is done", (source) => {
    const pattern = Pattern.compile(source);
    if (pattern.ok) expect(pattern.value.size).toBeLessThan(1025);
    else expect(pattern.error).toContain("more than");
  });

  it("bounds the work of groups of nothing within repetitions", () => {
    expect(Pattern.compile(`(a${"()".repeat(300)}){500}`)).toMatchObject({ ok: false });
  });

  it.each([
    "(?=a)", "(?<!a)b", "(?<name>a)", "(a)\\1", "\\k<a>", "a**", "*a", "(a", "a)", "[a", "\\", "a{3,2}", "a{2000}",
    "((a{500}){500}){500}", "\\bword", "\\p{L}", "[z-a]", "^*", "(".repeat(60), "a".repeat(1001),
  ])("refuses %s", (source) => {
    expect(Pattern.compile(source)).toMatchObject({ ok: false });
  }); // prettier-ignore
});
