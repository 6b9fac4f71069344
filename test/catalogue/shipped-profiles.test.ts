import { describe, expect, it } from "vitest";
import { NO_CONVENTIONS } from "../../src/catalogue/checks/conventions";
import { compileRuleCheck } from "../../src/catalogue/checks/row-checks";
import { diffProfiles } from "../../src/catalogue/profile/diff";
import { compileProfile } from "../../src/catalogue/profile/compile";
import { SHIPPED_PROFILES } from "../../src/catalogue/profiles";
import { ShippedProfiles } from "../../src/catalogue/profiles/shipped";
import { bindColumns } from "../../src/catalogue/reading/binding";
import { stepOf } from "../../src/domain/version-step";
import { HeaderNames } from "../../src/catalogue/reading/header-names";

describe("SHIPPED_PROFILES", () => {
  it("are the channels of the project's domain facts, each in all of its versions", () => {
    expect([...SHIPPED_PROFILES.keys()]).toEqual([
      "default@1.0.0",
      "mercado_livre@1.0.0",
      "mercado_livre@1.1.0",
      "mercado_livre_phones@1.0.0",
      "mercado_livre_user_products@1.0.0",
      "shopee@1.0.0",
      "amazon@1.0.0",
      "magalu@1.0.0",
      "americanas@1.0.0",
      "category_eletronicos@1.0.0",
      "category_moda@1.0.0",
      "category_casa@1.0.0",
      "category_esporte@1.0.0",
      "category_beleza@1.0.0",
      "category_livros@1.0.0",
      "category_brinquedos@1.0.0",
      "category_alimentos@1.0.0",
    ]);
  });

  // They are parsed when they are first asked for: a mistake in one must not wait for its first user.
  it.each([...SHIPPED_PROFILES.keys()])("%s passes the parser and the linter", (id) => {
    const profile = SHIPPED_PROFILES.get(id);
    expect(`${profile?.channel}@${profile?.version}`).toBe(id);
    expect(SHIPPED_PROFILES.get(id)).toBe(profile);
  });

  it("name where each rule comes from, and when it was checked", () => {
    for (const { rules } of SHIPPED_PROFILES.values()) {
      expect(rules.filter(({ source, checked_on }) => !source || !checked_on)).toEqual([]);
    }
  });

  it("invent no price, code or category, and apply nothing by themselves but what is safe", () => {
    for (const { apply_fixes, rules } of SHIPPED_PROFILES.values()) {
      expect(apply_fixes).toEqual(["safe"]);
      expect(rules.filter(({ fix }) => fix?.type === "set_default" || fix?.type === "pad")).toEqual([]);
    }
  });

  it("tell in words what they do not cover", () => {
    const silent = SHIPPED_PROFILES.values().filter(
      ({ description }) => !description?.includes("Not covered"),
    );
    // Published before profiles said so.
    expect(silent.map(({ channel, version }) => `${channel}@${version}`)).toEqual([
      "default@1.0.0",
      "mercado_livre@1.0.0",
    ]);
  });

  it("map each synonym to what the rule that maps it accepts", () => {
    for (const { channel, version, mappings, rules } of SHIPPED_PROFILES.values()) {
      const used = rules.flatMap(({ fix }) => (fix?.type === "map_value" ? [fix.mapping] : []));
      expect(used.toSorted(), `${channel}@${version}`).toEqual(Object.keys(mappings).toSorted());
      for (const { check, field, fix } of rules) {
        if (fix?.type !== "map_value") continue;
        const { judge } = compileRuleCheck(check, { field, mappings, conventions: NO_CONVENTIONS });
        const synonyms = Object.entries(mappings[fix.mapping] ?? {});
        expect(synonyms.filter(([, to]) => judge(to) !== null)).toEqual([]);
        // A synonym that its check accepts as it stands would never be mapped.
        expect(synonyms.filter(([from, to]) => from !== to && judge(from) === null)).toEqual([]);
      }
    }
  });

  it("say which of them is at fault", () => {
    const rules = [{ id: "a", field: "a", check: { type: "length" as const } }];
    const broken = new ShippedProfiles([{ channel: "acme", version: "1.0.0", rules }]);
    expect([...broken.keys()]).toEqual(["acme@1.0.0"]);
    expect(() => broken.get("acme@1.0.0")).toThrow("acme@1.0.0: /rules/0/check: needs min or max");
    expect(broken.get("acme@1.0.1")).toBeUndefined();
  });

  it("have the version that their changes ask for", () => {
    const profiles = SHIPPED_PROFILES.values();
    for (const { channel } of profiles) {
      const versions = profiles.filter((profile) => profile.channel === channel);
      expect(SHIPPED_PROFILES.versionsOf(channel)).toEqual(versions.map(({ version }) => version));
      for (const [i, before] of versions.slice(0, -1).entries()) {
        const after = versions[i + 1] ?? before;
        expect(diffProfiles(before, after).requires).toBe(stepOf(before.version, after.version));
      }
    }
    expect(SHIPPED_PROFILES.versionsOf("acme")).toEqual([]);
  });

  it("find each column by its name and by each of its aliases", () => {
    for (const profile of SHIPPED_PROFILES.values()) {
      const names = new HeaderNames(compileProfile(profile), new Map());
      for (const { name, aliases = [] } of profile.columns) {
        for (const label of [name, ...aliases]) {
          const [column] = bindColumns(names, [label.toUpperCase()]).read;
          expect(column, `${profile.channel}: ${label}`).toMatchObject({ field: name });
        }
      }
    }
  });
});
