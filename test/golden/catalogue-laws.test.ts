import fc from "fast-check";
import papaparse from "papaparse";
import { describe, expect, it } from "vitest";
import { SHIPPED_PROFILES } from "../../src/catalogue/profiles";
import { runOn } from "../catalogue/support";
import { CATALOGUES } from "./catalogues";

/** What a golden catalogue holds of a column, and what no seller should write there. */
const STRANGE = [
  "",
  " ",
  "-5,00",
  "1.234",
  "1,234.56",
  "=SOMA(A1)",
  "R$ 10",
  "não",
  "É".repeat(61),
  "<b>",
  "0",
];

describe("a shipped profile", () => {
  it.each([...SHIPPED_PROFILES.keys()])(
    "%s corrects once, whatever the cells and the classes",
    async (id) => {
      const [profile, catalogue] = [SHIPPED_PROFILES.get(id), CATALOGUES.get(id)];
      const [header = [], ...rows] = papaparse.parse<string[]>(
        catalogue?.source.replace(/^\ufeff/, "") ?? "",
        {
          skipEmptyLines: true,
        },
      ).data;
      expect(header.length).toBeGreaterThan(3);
      const cells = header.map((_, at) =>
        fc.constantFrom(...rows.map((row) => row[at] ?? "").filter((cell) => cell !== ""), ...STRANGE),
      );
      const files = fc
        .array(fc.tuple(...cells), { minLength: 1, maxLength: 8 })
        .map((table) => papaparse.unparse([header, ...table], { newline: "\n" }));
      const classes = fc.constantFrom(["safe"], ["safe", "lossy"], ["safe", "lossy", "invented"]);
      await fc.assert(
        fc.asyncProperty(files, classes, async (file, apply_fixes) => {
          const rules = { ...profile, apply_fixes };
          const first = await runOn(rules, file);
          const second = await runOn(rules, first.output);
          expect(second.summary.counters.corrections).toBe(0);
          expect(second.outputText).toBe(first.outputText);
        }),
        { seed: 23, numRuns: 60 },
      );
    },
  );
});
