import { describe, expect, it } from "vitest";
import { faultsOf } from "../../../src/catalogue/checks/faults-of";
import { compileProfile } from "../../../src/catalogue/profile/compile";
import { SHIPPED_PROFILES } from "../../../src/catalogue/profiles";
import { isFault } from "../../../src/catalogue/report/messages";
import {
  CATEGORY_FAULTS,
  KNOWN_CODES,
  knownCode,
  type KnownCode,
} from "../../../src/catalogue/verdicts/known-codes";
import { VERDICT_FORMATS, type VerdictFormat } from "../../../src/catalogue/verdicts/cause";
import { Judgement } from "../../../src/catalogue/verdicts/verdicts";

const ENTRIES = VERDICT_FORMATS.flatMap((format) =>
  KNOWN_CODES[format].map((entry) => [format, `${entry.code} ${entry.causeId ?? ""}`.trim(), entry] as const),
);

/** Every version of every channel of the marketplace. */
const profilesOf = (format: VerdictFormat) =>
  [...SHIPPED_PROFILES.values()].filter(({ channel }) => channel.startsWith(format));

/** A shipped profile of the marketplace has a rule for one of these faults, on the field if the code names it. */
function hasRule(format: VerdictFormat, { field, faults }: KnownCode): boolean {
  return profilesOf(format).some((profile) => {
    const meant = field === null ? null : new Judgement(profile, compileProfile(profile)).fieldOf(field);
    if (field !== null && meant === null) return false;
    return profile.rules
      .filter((rule) => meant === null || rule.field === meant)
      .some(({ check }) => faultsOf(check).some((fault) => faults.includes(fault)));
  });
}

describe("a known code", () => {
  it.each(ENTRIES)("of %s, %s, names faults that there are", (_format, _name, { faults }) => {
    expect(faults.every(isFault)).toBe(true);
    expect(new Set(faults).size).toBe(faults.length);
  });

  it.each(ENTRIES.filter(([, , { covered }]) => covered))(
    "of %s, %s, has a rule in a shipped profile of the marketplace",
    (format, _name, entry) => {
      expect(entry.faults.length).toBeGreaterThan(0);
      expect(hasRule(format, entry)).toBe(true);
    },
  );

  it.each(ENTRIES.filter(([, , { covered, field }]) => !covered && field !== null))(
    "of %s, %s, that is listed as not covered has none",
    (format, _name, entry) => {
      expect(hasRule(format, entry)).toBe(false);
    },
  );

  it("is listed once", () => {
    const keys = ENTRIES.map(([format, name]) => `${format} ${name}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("is told apart by its number where one code stands for several things", () => {
    const of = (causeId: string | null) =>
      knownCode("mercado_livre", { code: "item.price.invalid", causeId })?.faults;
    expect(of("109")).toEqual(["TOO_LOW"]);
    expect(of("129")).toEqual(["TOO_HIGH"]);
    expect(of("1")).toEqual(["TOO_LOW", "TOO_HIGH"]);
    expect(knownCode("mercado_livre", { code: "", causeId: "7714" })?.field).toBe("gtin");
    expect(knownCode("mercado_livre", { code: "", causeId: null })).toBeUndefined();
    expect(knownCode("amazon", { code: "item.price.invalid", causeId: null })).toBeUndefined();
  });

  it("has faults that there are behind each of Amazon's categories", () => {
    expect(Object.values(CATEGORY_FAULTS).flat().every(isFault)).toBe(true);
  });
});
