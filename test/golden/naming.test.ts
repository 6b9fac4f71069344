import { describe, expect, it } from "vitest";
import { EVENT_TYPES, cloudEventSchema, eventDataSchema } from "../../src/domain/event-schemas";
import type { JsonSchema } from "../../src/domain/schema-member";

/** How the log names things: a reader who knows one event can guess the next. */

type Members = Readonly<Record<string, JsonSchema>>;

const NOUNS = ["file", "job", "key", "quota", "rules", "sla", "tenant", "webhook"];
/** Says how things stand, not what was done. */
const NO_PARTICIPLES = ["job.progress", "quota.threshold", "webhook.heartbeat", "webhook.test"];

function typeFaults(type: string): readonly string[] {
  if (!/^[a-z]+\.[a-z]+(?:_[a-z]+)*$/.test(type)) return [`${type} is not noun.past_tense`];
  return [
    ...(NOUNS.includes(type.split(".")[0] ?? "") ? [] : [`${type} is about no noun of the product`]),
    ...(/(?:ed|en)$/.test(type) || NO_PARTICIPLES.includes(type) ? [] : [`${type} is no past tense`]),
  ];
}

/** CloudEvents 1.0.2: lower-case letters and digits, and no more than 20; `data` is no attribute. */
const attributeFaults = (names: readonly string[]): readonly string[] =>
  names.filter((name) => !/^[a-z0-9]{1,20}$/.test(name)).map((name) => `${name} is no attribute's name`);

const formatOf = (format: string) => (schema: JsonSchema) => schema.format === format;
const typeOf = (type: string) => (schema: JsonSchema) => [schema.type].flat().includes(type);

const AN_ID = /_(?:id|of)$/;
const A_TIME = /_(?:at|until|since)$/;

/** What a name's ending promises of its member. */
const ENDINGS: readonly (readonly [ending: RegExp, isKept: (schema: JsonSchema) => boolean])[] = [
  [A_TIME, formatOf("date-time")],
  [AN_ID, typeOf("string")],
  [/_(?:ref|url|code|message|key)$/, typeOf("string")],
  [/_(?:ms|seconds|count|total)$/, typeOf("integer")],
  [/^(?:is|has)_|_(?:flag|date|time|timestamp|uuid)$/, () => false],
];

function memberFaults(members: Members): readonly string[] {
  return Object.entries(members).flatMap(([name, schema]) => [
    ...(/^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/.test(name) ? [] : [`${name} is not in snake_case`]),
    ...(formatOf("uuid")(schema) && !AN_ID.test(name) ? [`${name} is an id, and does not say so`] : []),
    ...(formatOf("date-time")(schema) && !A_TIME.test(name)
      ? [`${name} is a time, and does not say so`]
      : []),
    ...ENDINGS.filter(([ending, isKept]) => ending.test(name) && !isKept(schema)).map(
      ([ending]) => `${name} does not keep what ${ending.source} promises`,
    ),
    ...(Array.isArray(schema.required) ? memberFaults(schema.properties as Members) : []),
  ]);
}

const membersOf = (schema: JsonSchema): Members => schema.properties as Members;

describe("the names of", () => {
  it.each(EVENT_TYPES)("%s", (type) => {
    const { data: _data, ...attributes } = membersOf(cloudEventSchema(type));
    expect(typeFaults(type)).toEqual([]);
    expect(attributeFaults(Object.keys(attributes))).toEqual([]);
    expect(memberFaults(membersOf(eventDataSchema(type)))).toEqual([]);
  });
});

describe("the lint sees", () => {
  it.each([
    "Job.done",
    "job_started",
    "job.startJob",
    "job.start",
    "job.Started",
    "order.shipped",
    "job.a.started",
  ])("the type %s", (type) => expect(typeFaults(type)).not.toEqual([]));

  it.each(["tenant_id", "tenantId", "trace-parent", "a".repeat(21), ""])("the attribute %s", (name) =>
    expect(attributeFaults([name])).not.toEqual([]),
  );

  it.each<[string, JsonSchema]>([
    ["jobId", { type: "string" }],
    ["started_at", { type: "string" }],
    ["started_at", { type: "integer" }],
    ["started", { type: "string", format: "date-time" }],
    ["job", { type: "string", format: "uuid" }],
    ["job_id", { type: "integer" }],
    ["duration_ms", { type: "number" }],
    ["callback_url", { type: "object" }],
    ["is_final", { type: "string" }],
    ["expiry_date", { type: "string" }],
    ["counters", { type: "object", required: [], properties: { rowsRead: { type: "integer" } } }],
  ])("the member %s of %o", (name, schema) => expect(memberFaults({ [name]: schema })).not.toEqual([]));
});
