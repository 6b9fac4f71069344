import { describe, expect, it } from "vitest";
import { SHIPPED_PROFILES } from "../../src/catalogue/profiles";
import { compileProfile } from "../../src/catalogue/profile/compile";
import { profileOf, runOn } from "./support";
import { expectedIn } from "../../src/catalogue/report/expected-in";

/** English words that no message of another language should hold. */
const ENGLISH =
  /\b(?:one of|none of|at most|places|with|digits?|length|items|or|ending in|a value|number and unit)\b/;

describe("what a message expects", () => {
  const texts = [...SHIPPED_PROFILES.values()].flatMap((profile) =>
    compileProfile(profile).columns.flatMap(({ rules }) => rules.map(({ check }) => check.expected)),
  );

  it.each([...new Set(texts)].filter((text) => !text.startsWith("/")))(
    "is said in each language: %s",
    (text) => {
      expect(expectedIn("en", text)).toBe(text);
      const values = /^(?:one|none) of: (.*)$/s.exec(text)?.[1] ?? "";
      for (const locale of ["pt-BR", "es"] as const)
        expect(expectedIn(locale, text).replace(values, "")).not.toMatch(ENGLISH);
    },
  );

  it("leaves a profile's own values alone", () => {
    expect(expectedIn("pt-BR", "one of: length 3, none of: x")).toBe("um destes: length 3, none of: x");
    expect(expectedIn("pt-BR", "<= 60")).toBe("<= 60");
  });
});

describe("a profile's own message", () => {
  it("is filled in as ours are", async () => {
    const { findings } = await runOn(
      profileOf([
        {
          id: "r",
          field: "cor",
          check: { type: "in_set", values: ["azul"] },
          message: { "pt-BR": "{field} deve ser {expected}" },
        },
      ]),
      "Cor\nverde\n",
      { locale: "pt-BR" },
    );
    expect(findings.map(({ message }) => message)).toContain("Cor deve ser um destes: azul");
  });
});
