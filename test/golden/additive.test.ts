import { describe, expect, it } from "vitest";
import { breaches, isAdditive } from "./additive";
import { EVENT_GOLDENS } from "./goldens";

const RELEASED = {
  id: "1",
  epoch: 1,
  note: null,
  tags: ["a"],
  data: { counters: { total: 3 }, parts: [{ number: 1, etag: "e" }] },
};

describe("a golden may", () => {
  it.each([
    ["stay as it is", RELEASED],
    ["gain a member", { ...RELEASED, added: true }],
    ["gain a member inside", { ...RELEASED, data: { ...RELEASED.data, counters: { total: 3, errors: 0 } } }],
    ["gain a member in a list's items", withParts([{ number: 1, etag: "e", size: 5 }])],
    ["list its members in another order", Object.fromEntries(Object.entries(RELEASED).reverse())],
    ["have a longer list", { ...RELEASED, tags: ["a", "b"] }],
  ])("%s", (_name, next) => {
    expect(breaches(RELEASED, next)).toEqual([]);
    expect(isAdditive(RELEASED, next)).toBe(true);
  });
});

describe("a golden may not", () => {
  const { id, ...withoutId } = RELEASED;
  it.each([
    ["lose a member", withoutId, "$.id: is gone"],
    [
      "lose a member inside",
      { ...RELEASED, data: { counters: {}, parts: RELEASED.data.parts } },
      "$.data.counters.total: is gone",
    ],
    ["rename a member", { ...withoutId, event_id: id }, "$.id: is gone"],
    ["write a name in another case", { ...withoutId, Id: id }, "$.id: is gone"],
    ["turn text into a number", { ...RELEASED, id: 1 }, "$.id: string became number"],
    ["turn a number into text", { ...RELEASED, epoch: "1" }, "$.epoch: number became string"],
    ["turn a member into null", { ...RELEASED, id: null }, "$.id: string became null"],
    ["turn null into something", { ...RELEASED, note: "n" }, "$.note: null became string"],
    ["turn an object into a list", { ...RELEASED, data: [] }, "$.data: object became array"],
    ["turn a list into an object", { ...RELEASED, tags: { a: true } }, "$.tags: array became object"],
    ["retype one item of a list", { ...RELEASED, tags: ["a", 2] }, "$.tags[1]: string became number"],
    ["empty a list", { ...RELEASED, tags: [] }, "$.tags[0]: is gone"],
    ["lose a member in a list's items", withParts([{ number: 1 }]), "$.data.parts[0].etag: is gone"],
    ["inherit what it had", { ...withoutId, ["__proto__"]: null, toString: id }, "$.id: is gone"],
  ])("%s", (_name, next, breach) => {
    expect(breaches(RELEASED, next)).toContain(breach);
    expect(isAdditive(RELEASED, next)).toBe(false);
  });

  it("take any member from an event, wherever it stands", () => {
    for (const [name, text] of Object.entries(EVENT_GOLDENS)) {
      const event = JSON.parse(text) as { data: Record<string, unknown> };
      for (const member of Object.keys(event.data)) {
        const { [member]: _gone, ...data } = event.data;
        expect(breaches(event, { ...event, data }), name).toEqual([`$.data.${member}: is gone`]);
      }
    }
  });
});

describe("a golden with optional members", () => {
  const full = Object.keys(EVENT_GOLDENS).filter((name) => name.endsWith(".full.json"));

  it.each(full)("%s only adds to the one without", (name) => {
    const plain = EVENT_GOLDENS[name.replace(".full.json", ".json")];
    expect(breaches(JSON.parse(plain ?? "null"), JSON.parse(EVENT_GOLDENS[name] ?? "null"))).toEqual([]);
  });
});

function withParts(parts: readonly unknown[]): unknown {
  return { ...RELEASED, data: { ...RELEASED.data, parts } };
}
