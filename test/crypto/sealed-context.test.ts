import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { macKeys } from "../../src/crypto/mac-keys";
import { openContext, sealContext } from "../../src/crypto/sealed-context";
import type { TenantId } from "../../src/domain/tenant-id";

const root = () => randomBytes(32).toString("base64url");
const keys = macKeys(root(), "message-context");
const context = {
  tenantId: "t_a" as TenantId,
  epoch: 3,
  traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
};
const PARTS = ["job", "1", "2"];

describe("a sealed context", () => {
  it("opens as it was sealed, frozen", () => {
    const opened = openContext(keys, sealContext(keys, context, PARTS), PARTS);
    expect(opened).toEqual(context);
    expect(Object.isFrozen(opened)).toBe(true);
  });

  it.each<[string, Record<string, unknown>]>([
    ["another tenant", { tenantId: "t_b" }],
    ["what is no tenant", { tenantId: "T_A" }],
    ["another epoch", { epoch: 4 }],
    ["another trace", { traceparent: null }],
    ["no MAC", { mac: "" }],
    ["a MAC cut short", { mac: "AAAA" }],
    ["a MAC of zeros", { mac: "A".repeat(43) }],
  ])("with %s does not open", (_name, more) => {
    expect(openContext(keys, { ...sealContext(keys, context, PARTS), ...more }, PARTS)).toBeNull();
  });

  it("does not open for other parts, nor for the same characters cut elsewhere", () => {
    const sealed = sealContext(keys, context, ["job", "ab", "c"]);
    for (const parts of [["job", "a", "bc"], ["job", "ab"], ["job", "ab", "c", ""], ["jobab", "c"], []])
      expect(openContext(keys, sealed, parts)).toBeNull();
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 4 }), (parts) => {
        fc.pre(JSON.stringify(parts) !== JSON.stringify(["job", "ab", "c"]));
        expect(openContext(keys, sealed, parts)).toBeNull();
      }),
    );
  });

  it("opens with an older key while that is in force, and is sealed with the newest", () => {
    const [older, newer] = [root(), root()];
    const before = sealContext(macKeys(older, "message-context"), context, PARTS);
    const during = macKeys(`${newer}, ${older}`, "message-context");
    expect(openContext(during, before, PARTS)).toEqual(context);
    const after = sealContext(during, context, PARTS);
    expect(openContext(macKeys(newer, "message-context"), after, PARTS)).toEqual(context);
    expect(openContext(macKeys(newer, "message-context"), before, PARTS)).toBeNull();
  });
});

describe("macKeys", () => {
  it("gives each purpose a key of its own", () => {
    const text = root();
    expect(Buffer.from(macKeys(text, "api-key")[0]).equals(macKeys(text, "message-context")[0])).toBe(false);
    expect(Buffer.from(macKeys(text, "api-key")[0]).equals(macKeys(text, "api-key")[0])).toBe(true);
  });

  it.each([undefined, "", "short", `${root()},`, `${root()},short`])("refuses %s", (text) => {
    expect(() => macKeys(text, "api-key")).toThrow(/MAC_KEY/);
  });
});
