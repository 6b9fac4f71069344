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
      expect(pattern.test(`${"a".repeat(20_000)}!`)).toBe(source === "(.*a){12}");
      expect(performance.now() - startMs).toBeLessThan(1000);
    },
  );

  it.each([
    "(?=a)", "(?<!a)b", "(?<name>a)", "(a)\\1", "\\k<a>", "a**", "*a", "(a", "a)", "[a", "\\", "a{3,2}", "a{2000}",
    "((a{500}){500}){500}", "\\bword", "\\p{L}", "[z-a]", "^*", "(".repeat(60), "a".repeat(1001),
  ])("refuses %s", (source) => {
    expect(Pattern.compile(source)).toMatchObject({ ok: false });
  }); // prettier-ignore
});
