import { describe, expect, it } from "vitest";
import { cloudEvent } from "../../src/domain/cloud-event";
import {
  EVENT_TYPES,
  cloudEventSchema,
  eventDataSchema,
  isEventType,
  thinDataSchema,
} from "../../src/domain/event-schemas";
import type { JsonSchema } from "../../src/domain/schema-member";
import { misfits } from "../support/schema-fit";
import { request } from "../support/tenants";
import { EVENT_ENTRIES, EVENT_TYPES as SAMPLED_TYPES, TENANT, THIN_ENTRIES } from "./event-samples";
import { expectGolden } from "./expect-golden";
import { EVENT_GOLDENS, RULES_GOLDENS, SCHEMA_GOLDENS } from "./goldens";
import { schemaBreaches } from "./schema-breaches";

/** Each schema that is served, by its released file; the one of a type's `data` stands within the one of the event. */
const SERVED: readonly (readonly [file: string, schema: JsonSchema])[] = [
  ...EVENT_TYPES.map((type) => [`${type}.json`, cloudEventSchema(type)] as const),
  ["thin.json", thinDataSchema()],
];

describe("a released schema", () => {
  /**
   * A new type, or an optional member, is released by putting the text that this prints into its file. What breaks
   * readers is refused before, and has no such way: it is a new type.
   */
  it.each(SERVED)("%s stays good for old events and for old readers", (file, schema) => {
    const released = SCHEMA_GOLDENS[file];
    if (released !== undefined) expect(schemaBreaches(JSON.parse(released), schema)).toEqual([]);
    expectGolden("schemas", released, file, schema);
  });

  it("is served for good", () => {
    expect(Object.keys(SCHEMA_GOLDENS).toSorted()).toEqual(SERVED.map(([file]) => file).toSorted());
  });

  it("would not survive the loss, another type or another duty of any member", () => {
    for (const type of EVENT_TYPES) {
      const { properties, required, ...schema } = eventDataSchema(type) as DataSchema;
      for (const [name, member] of Object.entries(properties)) {
        const { [name]: _gone, ...others } = properties;
        const duty = required.includes(name) ? required.filter((it) => it !== name) : [...required, name];
        for (const next of [
          { ...schema, required, properties: others },
          { ...schema, required, properties: { ...others, [name]: { ...member, type: "boolean" } } },
          { ...schema, required: duty, properties },
        ])
          expect(schemaBreaches(eventDataSchema(type), next), `${type} ${name}`).toHaveLength(1);
      }
    }
  });
});

/** What a profile may say grows with the engine: a golden that changes shows by how much, and whether anything was lost. */
it("the schema of a rules profile is the one that is served", async () => {
  const response = await request("GET", "/schemas/rules-profile.json");
  expect(response.headers.get("content-type")).toBe("application/schema+json");
  const file = "rules-profile.json";
  expectGolden("rules", RULES_GOLDENS[file], file, await response.json<object>());
  expect(Object.keys(RULES_GOLDENS)).toEqual([file]);
});

type DataSchema = { readonly required: string[]; readonly properties: Record<string, JsonSchema> };

describe("the schemas", () => {
  it("are of the types that there are samples of", () => {
    expect(EVENT_TYPES.toSorted()).toEqual(SAMPLED_TYPES.toSorted());
  });

  it("have the very schema of `data` inside that of the event, by the name that the event calls it", () => {
    for (const type of EVENT_TYPES)
      expect(cloudEventSchema(type)).toMatchObject({
        properties: { data: eventDataSchema(type), dataschema: { const: eventDataSchema(type).$id } },
      });
  });
});

describe("every event's golden", () => {
  const goldens = EVENT_ENTRIES.map(([file, { type }]) => {
    if (!isEventType(type)) throw new Error(`${type} is no type of event.`);
    return [file, cloudEventSchema(type), JSON.parse(EVENT_GOLDENS[file] ?? "null") as object] as const;
  });

  it.each(goldens)("%s fits its schema, and with members that are not known yet", (_file, schema, event) => {
    expect(misfits(schema, event)).toEqual([]);
    const { data } = event as { data: object };
    expect(
      misfits(schema, { ...event, added: 1, data: { ...data, added: { by: "a newer version" } } }),
    ).toEqual([]);
  });

  it.each(goldens)("%s fits no more with any member of another type", (_file, schema, event) => {
    for (const [path, changed] of retyped(event)) expect(misfits(schema, changed), path).not.toEqual([]);
  });

  it.each(goldens.filter(([file]) => !file.endsWith(".full.json")))(
    "%s has nothing but what must be there",
    (_file, schema, event) => {
      for (const [path, changed] of lessened(event)) expect(misfits(schema, changed), path).not.toEqual([]);
    },
  );
});

it.each(THIN_ENTRIES)("the thin form of %s fits the schema that it names", (_file, entry) => {
  const { data, dataschema } = cloudEvent(TENANT, entry, "thin");
  expect(dataschema).toBe(thinDataSchema().$id);
  expect(misfits(thinDataSchema(), data)).toEqual([]);
});

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The event once for each of its members, with the member changed; what `metadata` holds is the client's. */
function variants(
  event: object,
  change: (parent: object, name: string) => object,
  path = "$",
): readonly (readonly [path: string, event: object])[] {
  return Object.entries(event).flatMap(([name, member]) => [
    [`${path}.${name}`, change(event, name)] as const,
    ...(isObject(member) && name !== "metadata"
      ? variants(member, change, `${path}.${name}`).map(
          ([at, changed]) => [at, { ...event, [name]: changed }] as const,
        )
      : []),
  ]);
}

/** No member is a boolean. */
const retyped = (event: object) => variants(event, (parent, name) => ({ ...parent, [name]: true }));

const lessened = (event: object) =>
  variants(event, (parent, name) => Object.fromEntries(Object.entries(parent).filter(([it]) => it !== name)));
