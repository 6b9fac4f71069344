import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FACT_TYPES, type ColumnFacts } from "../../src/catalogue/exchange/column-facts";
import { fromJsonSchema, toJsonSchema } from "../../src/catalogue/exchange/json-schema";
import { profileFromFacts } from "../../src/catalogue/exchange/profile-from-facts";
import { fromTableSchema, toTableSchema, type Imported } from "../../src/catalogue/exchange/table-schema";
import { parseProfile, type Profile } from "../../src/catalogue/profile/profile";
import { SHIPPED_PROFILES } from "../../src/catalogue/profiles";
import { parsedProfile } from "./parsed-profile";

const LANGUAGES = [
  ["Table Schema", toTableSchema, fromTableSchema],
  ["JSON Schema", toJsonSchema, fromJsonSchema],
] as const;

const imported = (read: Imported | null): Profile =>
  parsedProfile({ ...profileFromFacts(read?.columns ?? []) });

/** Whatever a column can be said to be, so that its rules do not contradict each other. */
const column = (name: string): fc.Arbitrary<ColumnFacts> =>
  fc
    .record({
      type: fc.constantFrom(...FACT_TYPES),
      description: fc.option(fc.constantFrom("A text", "Um texto"), { nil: undefined }),
      iso: fc.option(fc.constant(true as const), { nil: undefined }),
      required: fc.option(fc.constant(true as const), { nil: undefined }),
      minLength: fc.option(fc.integer({ min: 2, max: 5 }), { nil: undefined }),
      maxLength: fc.option(fc.integer({ min: 6, max: 9 }), { nil: undefined }),
      minimum: fc.option(fc.integer({ min: -9, max: 0 }), { nil: undefined }),
      maximum: fc.option(fc.double({ min: 1, max: 9, noNaN: true }), { nil: undefined }),
      pattern: fc.option(fc.constantFrom("^(?:a|b)$", "^(?:\\d+)$"), { nil: undefined }),
      values: fc.option(fc.constantFrom(["a"], ["new", "used"]), { nil: undefined }),
    })
    .map(
      (facts) =>
        Object.fromEntries(
          Object.entries({ name, ...facts }).filter(
            ([member, value]) => value !== undefined && (member !== "iso" || facts.type === "date"),
          ),
        ) as unknown as ColumnFacts,
    );

describe.each(LANGUAGES)("%s", (_language, write, read) => {
  it("brings back what it has said: written, read and written again it is the same", () => {
    fc.assert(
      fc.property(fc.tuple(column("sku"), column("preço")), (columns) => {
        const members = { channel: "acme", version: "1.0.0", ...profileFromFacts(columns) };
        // Facts may contradict each other, and the linter says so.
        fc.pre(parseProfile(members).ok);
        const profile = parsedProfile(members);
        const said = write(profile);
        const back = imported(read(said.schema));
        expect(write(back).schema).toEqual({
          ...said.schema,
          ...(said.schema.title === undefined ? {} : { title: "acme@1.0.0" }),
        });
        expect(back.rules.map(({ id }) => id)).toEqual(profile.rules.map(({ id }) => id));
        expect(read(said.schema)?.notExpressed).toEqual([]);
      }),
      { seed: 7, numRuns: 200 },
    );
  });

  it("says of each shipped profile, rule by rule, what it cannot say", () => {
    for (const profile of SHIPPED_PROFILES.values()) {
      const { schema, notExpressed } = write(profile);
      const silent = imported(read(schema)).rules.map(({ field }) => field);
      profile.rules.forEach((rule, i) => {
        const isLost = notExpressed.some(
          ({ path, message }) => path === `/rules/${i}` || message.includes(`"${rule.field}"`),
        );
        expect(isLost || silent.includes(rule.field), rule.id).toBe(true);
        if (rule.fix)
          expect(
            notExpressed.some(({ path }) => path.startsWith(`/rules/${i}`)),
            rule.id,
          ).toBe(true);
      });
    }
  });
});

const RULES = [
  { id: "when", field: "a", check: { type: "required" }, when: "b" },
  { id: "warns", field: "a", check: { type: "required" }, severity: "warning" },
  { id: "off", field: "a", check: { type: "required" }, enabled: false },
  { id: "part", field: "a", check: { type: "required" }, scope: { categories: ["x"] } },
  { id: "gtin", field: "g", check: { type: "gtin" } },
  { id: "any_case", field: "c", check: { type: "in_set", values: ["x"], ignore_case: true } },
  { id: "two_types", field: "n", check: { type: "integer" } },
  { id: "two_types_2", field: "n", check: { type: "url" } },
  { id: "said", field: "s", check: { type: "required" }, message: "Falta" },
] as const;

it("nothing of a profile is dropped silently", () => {
  const { schema, notExpressed } = toTableSchema(
    parsedProfile({
      columns: [{ name: "s", aliases: ["t"] }],
      scope_fields: { category: ["b"] },
      rules: RULES,
    }),
  );
  expect(notExpressed.map(({ path }) => path)).toEqual([
    "/columns/0/aliases",
    ...[0, 1, 2, 3, 4, 5, 7].map((i) => `/rules/${i}`),
    "/rules/8/message",
  ]);
  expect(schema).toMatchObject({ fields: expect.arrayContaining([{ name: "n", type: "integer" }]) });
});

describe("a pattern in Table Schema, which matches whole values", () => {
  it.each([
    ["^MLB\\d+$", "MLB\\d+"],
    ["^(?:a|b)$", "a|b"],
    ["^(?:a)|(?:b)$", null],
    ["^a|b$", null],
    ["MLB", null],
    ["^a\\$", null],
    ["^[)](?:a)$", "[)](?:a)"],
  ])("%s", (pattern, whole) => {
    const { schema } = toTableSchema(
      parsedProfile({ rules: [{ id: "p", field: "a", check: { type: "regex", pattern } }] }),
    );
    expect(schema).toMatchObject({
      fields: [whole === null ? { name: "a" } : { constraints: { pattern: whole } }],
    });
    if (whole === null) expect(JSON.stringify(schema)).not.toContain("constraints");
  });
});

const TABLE = (field: object, more: object = {}) => ({
  fieldsMatch: "partial",
  fields: [{ name: "a", ...field }],
  ...more,
});
const ROW = (property: object, more: object = {}) => ({
  type: "object",
  properties: { a: property },
  ...more,
});

describe("what a schema says and a profile cannot is listed", () => {
  it.each([
    [
      "an example of values",
      fromTableSchema,
      TABLE({ constraints: { jsonSchema: {} } }),
      ["/fields/0/constraints/jsonSchema"],
    ],
    ["a type", fromTableSchema, TABLE({ type: "geopoint" }), ["/fields/0/type"]],
    ["a format", fromTableSchema, TABLE({ type: "string", format: "uuid" }), ["/fields/0/format"]],
    [
      "a pattern",
      fromTableSchema,
      TABLE({ constraints: { pattern: "(?=a)b" } }),
      ["/fields/0/constraints/pattern"],
    ],
    ["missing values", fromTableSchema, TABLE({}, { missingValues: ["-"] }), ["/missingValues"]],
    ["a primary key", fromTableSchema, TABLE({}, { primaryKey: "a" }), ["/primaryKey"]],
    ["which columns there must be", fromTableSchema, { fields: [{ name: "a" }] }, ["/fieldsMatch"]],
    [
      "a kind of member",
      fromTableSchema,
      TABLE({ constraints: { minLength: "3" } }),
      ["/fields/0/constraints/minLength"],
    ],
    ["a field without a name", fromTableSchema, { fieldsMatch: "partial", fields: [{}] }, ["/fields/0"]],
    ["a combination", fromJsonSchema, ROW({ anyOf: [] }), ["/properties/a/anyOf"]],
    [
      "a reference",
      fromJsonSchema,
      ROW({ $ref: "#/$defs/a" }, { $defs: {} }),
      ["/$defs", "/properties/a/$ref"],
    ],
    ["several types", fromJsonSchema, ROW({ type: ["string", "null"] }), ["/properties/a/type"]],
    ["a nested object", fromJsonSchema, ROW({ type: "object" }), ["/properties/a/type"]],
    ["a closed object", fromJsonSchema, ROW({}, { additionalProperties: false }), ["/additionalProperties"]],
    ["a step", fromJsonSchema, ROW({ type: "number", multipleOf: 0.05 }), ["/properties/a/multipleOf"]],
    [
      "an open bound",
      fromJsonSchema,
      ROW({ type: "number", exclusiveMinimum: 0 }),
      ["/properties/a/exclusiveMinimum"],
    ],
    ["values that are no texts", fromJsonSchema, ROW({ enum: [null] }), ["/properties/a/enum"]],
    ["what is no schema", fromJsonSchema, { type: "object", properties: { a: true } }, ["/properties/a"]],
    ["a condition", fromJsonSchema, ROW({}, { if: {} }), ["/if"]],
    [
      "a name with a slash",
      fromJsonSchema,
      { properties: { "a/b~": { not: {} } } },
      ["/properties/a~1b~0/not"],
    ],
  ] as const)("%s", (_what, read, schema, paths) => {
    expect(read(schema)?.notExpressed.map(({ path }) => path)).toEqual(paths);
  });

  it.each([null, [], "x", {}, { fields: "x" }, { fields: ["x"] }, { type: "array" }, { properties: [] }])(
    "and %j is no schema of either",
    (schema) => {
      expect(fromTableSchema(schema)).toBeNull();
      expect(fromJsonSchema(schema)).toBeNull();
    },
  );
});

it("a key's columns are required, decimals keep their places, and what is required of no column makes one", () => {
  expect(imported(fromTableSchema(TABLE({}, { primaryKey: ["a"] }))).rules).toMatchObject([
    { id: "a_required", check: { type: "required" } },
  ]);
  const money = imported(fromJsonSchema(ROW({ type: "number", multipleOf: 0.01 }, { required: ["b"] })));
  expect(money.rules).toMatchObject([
    { id: "a_type", check: { type: "decimal", scale: 2 } },
    { id: "b_required", field: "b" },
  ]);
});

it("a column without duplicates is said by Table Schema, and listed by JSON Schema", () => {
  const profile = parsedProfile({ rules: [{ id: "once", field: "sku", check: { type: "unique" } }] });
  const table = toTableSchema(profile);
  expect(table).toMatchObject({ schema: { fields: [{ constraints: { unique: true } }] }, notExpressed: [] });
  expect(imported(fromTableSchema(table.schema)).rules).toMatchObject([
    { id: "sku_unique", check: { type: "unique" } },
  ]);
  expect(toJsonSchema(profile).notExpressed).toHaveLength(1);
  const loose = { id: "once", field: "sku", check: { type: "unique", ignore_case: true } };
  expect(toTableSchema(parsedProfile({ rules: [loose] })).notExpressed).toHaveLength(1);
});
