import { describe, expect, it } from "vitest";
import { readProfile } from "../../src/catalogue/profile/profile";
import { SHIPPED_PROFILES } from "../../src/catalogue/profiles";
import { canonicalJson } from "../../src/crypto/canonical-json";
import { parsedProfile } from "./parsed-profile";

/** What a job runs by is what was linted: nothing is lost or changed by being stored. */
describe("a profile that was stored", () => {
  it.each([...SHIPPED_PROFILES])("%s is read as it was parsed", (_id, profile) => {
    expect(readProfile(canonicalJson(profile))).toEqual(profile);
  });

  it("keeps what its author left out as the default of its day", () => {
    const profile = parsedProfile({
      rules: [{ id: "r", field: "a", check: { type: "numeric_min", value: 1 }, severity: "ERROR" }],
    });
    expect(readProfile(canonicalJson(profile))).toEqual(profile);
    expect(profile.rules[0]).toMatchObject({ severity: "error", precedence: 100, enabled: true });
  });

  it("takes the default of what has been added since", () => {
    const { apply_fixes: _later, ...older } = parsedProfile({});
    expect(readProfile(canonicalJson(older))).toMatchObject({ apply_fixes: ["safe"] });
  });
});
