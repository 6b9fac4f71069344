import { describe, expect, it } from "vitest";
import { faultsOf } from "../../src/catalogue/checks/faults-of";
import { SHIPPED_PROFILES } from "../../src/catalogue/profiles";
import { findingCode } from "../../src/catalogue/report/finding-code";
import { CATALOGUES } from "../golden/catalogues";
import { runOn } from "./support";

describe("what a check may find", () => {
  it.each([...CATALOGUES.keys()])("is all that was found in the catalogue of %s", async (id) => {
    const profile = SHIPPED_PROFILES.get(id);
    const source = CATALOGUES.get(id)?.source ?? "";
    const { findings } = await runOn(profile, source, { mode: "validate" });
    const byId = new Map(profile?.rules.map((rule) => [rule.id, rule]));
    const ofRules = findings.flatMap((finding) => {
      const rule = byId.get(finding.rule_id);
      return rule ? [{ rule, code: finding.code }] : [];
    });
    expect(ofRules.length).toBeGreaterThan(0);
    for (const { rule, code } of ofRules)
      expect(faultsOf(rule.check).map((fault) => findingCode(rule.field, fault))).toContain(code);
  });

  it("is no fault of a bound that it has not", () => {
    expect(faultsOf({ type: "length", max: 3 })).toEqual(["TOO_LONG"]);
    expect(faultsOf({ type: "length", min: 3 })).toEqual(["TOO_SHORT"]);
    expect(faultsOf({ type: "range", min: 1 })).not.toContain("TOO_HIGH");
    expect(faultsOf({ type: "item_count", min: 1, max: 2 })).toEqual(["TOO_FEW", "TOO_MANY"]);
    expect(faultsOf({ type: "format", format: "gtin" })).toEqual(faultsOf({ type: "gtin" }));
  });

  it("is of a composite what its parts find, or that none of them holds", () => {
    const parts = [{ type: "required" as const }, { type: "length_max" as const, max: 3 }];
    expect(faultsOf({ type: "composite", all: parts })).toEqual(["REQUIRED", "TOO_LONG"]);
    expect(faultsOf({ type: "composite", any: parts })).toEqual(["INVALID_VALUE"]);
  });
});
