import { describe, expect, it } from "vitest";
import { schemaBreaches } from "./schema-breaches";

const RELEASED = {
  $id: "https://docs.example/a.json",
  title: "A",
  type: "object",
  required: ["id", "counters", "tags"],
  properties: {
    id: { type: "string", format: "uuid" },
    note: { type: ["string", "null"] },
    kind: { enum: ["a", "b"] },
    word: { type: "string", examples: ["x"] },
    size: { type: "integer", minimum: 0 },
    counters: { type: "object", required: ["total"], properties: { total: { type: "integer" } } },
    tags: { type: "array", items: { type: "object", required: ["name"], properties: { name: {} } } },
  },
};
type Properties = Readonly<Record<string, unknown>>;

const withProperties = (changed: Properties, required = RELEASED.required): unknown => ({
  ...RELEASED,
  required,
  properties: { ...RELEASED.properties, ...changed },
});
const without = (name: keyof typeof RELEASED.properties): unknown => {
  const { [name]: _gone, ...properties } = RELEASED.properties;
  return { ...RELEASED, properties };
};
const counters = (changed: Properties): unknown =>
  withProperties({ counters: { ...RELEASED.properties.counters, ...changed } });
const tag = (changed: Properties): unknown =>
  withProperties({ tags: { type: "array", items: { ...RELEASED.properties.tags.items, ...changed } } });

describe("a released schema may", () => {
  it.each([
    ["stay as it is", RELEASED],
    ["gain an optional member", withProperties({ added: { type: "string" } })],
    ["gain one inside", counters({ properties: { total: { type: "integer" }, errors: {} } })],
    ["gain one in a list's items", tag({ properties: { name: {}, color: { enum: ["red"] } } })],
    ["be described in other words", { ...RELEASED, title: "B", description: "Better." }],
    ["give more examples", withProperties({ word: { type: "string", examples: ["x", "y"] } })],
    ["list what is required in another order", withProperties({}, ["tags", "id", "counters"])],
  ])("%s", (_name, next) => expect(schemaBreaches(RELEASED, next)).toEqual([]));
});

describe("a released schema may not", () => {
  it.each([
    ["lose a member", without("note"), "$.note: is gone"],
    ["lose a member inside", counters({ properties: {} }), "$.counters.total: is gone"],
    [
      "rename a member",
      { ...RELEASED, properties: { ...RELEASED.properties, note: undefined, remark: {} } },
      "$.note: is no schema any more",
    ],
    [
      "retype a member",
      withProperties({ size: { type: "string" } }),
      '$.size: type was "integer" and is "string"',
    ],
    [
      "let a member be null",
      withProperties({ size: { type: ["integer", "null"], minimum: 0 } }),
      '$.size: type was "integer" and is ["integer","null"]',
    ],
    [
      "promise that a member is never null",
      withProperties({ note: { type: "string" } }),
      '$.note: type was ["string","null"] and is "string"',
    ],
    [
      "require what was optional",
      withProperties({}, [...RELEASED.required, "note"]),
      "$.note: has to be there",
    ],
    ["require what is new", withProperties({ b: {} }, [...RELEASED.required, "b"]), "$.b: has to be there"],
    ["leave out what was required", withProperties({}, ["id", "tags"]), "$.counters: need not be there"],
    ["leave it out inside", counters({ required: [] }), "$.counters.total: need not be there"],
    ["leave it out in a list's items", tag({ required: [] }), "$.tags[].name: need not be there"],
    ["lose a word of an enum", withProperties({ kind: { enum: ["a"] } }), "$.kind: enum was"],
    ["gain a word of an enum", withProperties({ kind: { enum: ["a", "b", "c"] } }), "$.kind: enum was"],
    [
      "turn examples into an enum",
      withProperties({ word: { type: "string", enum: ["x"] } }),
      "$.word: enum is new",
    ],
    ["lose a format", withProperties({ id: { type: "string" } }), "$.id: format is gone"],
    [
      "lower a bound",
      withProperties({ size: { type: "integer", minimum: -1 } }),
      "$.size: minimum was 0 and is -1",
    ],
    [
      "set a new bound",
      withProperties({ size: { type: "integer", minimum: 0, maximum: 9 } }),
      "$.size: maximum is new",
    ],
    [
      "close itself to members that are added",
      { ...RELEASED, additionalProperties: false },
      "additionalProperties is",
    ],
    ["go by another name", { ...RELEASED, $id: "https://docs.example/b.json" }, "$: $id was"],
  ])("%s", (_name, next, breach) => {
    expect(schemaBreaches(RELEASED, next).join("\n")).toContain(breach);
  });
});
