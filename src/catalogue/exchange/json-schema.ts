/** JSON Schema 2020-12 of one row: a profile's columns as properties, and properties as a profile. */

import { Pattern } from "../checks/pattern";
import type { Profile } from "../profile/profile";
import { factsOf, type ColumnFacts, type FactType, type NotExpressed } from "./column-facts";
import { isObject, SchemaReader, type Json } from "./schema-reader";
import type { Exported, Imported } from "./table-schema";

const DIALECT = "https://json-schema.org/draft/2020-12/schema";
const MAX_PLACES = 15;

export function toJsonSchema(profile: Profile): Exported {
  const { columns, notExpressed } = factsOf(profile);
  const dates = columns.filter(({ type, iso }) => type === "date" && iso !== true);
  const schema = {
    $schema: DIALECT,
    title: profile.name ?? `${profile.channel}@${profile.version}`,
    ...(profile.description !== undefined && { description: profile.description }),
    type: "object",
    properties: Object.fromEntries(columns.map((facts) => [facts.name, propertyOf(facts)])),
    required: columns.filter(({ required }) => required).map(({ name }) => name),
  };
  const once = columns
    .filter(({ unique }) => unique === true)
    .map(({ name }) => ({ path: "", message: `column "${name}": that no two rows have the same value` }));
  const asWritten = dates.map(({ name }) => ({
    path: "",
    message: `column "${name}": that a date may be written DD/MM/YYYY as well`,
  }));
  return { schema, notExpressed: [...notExpressed, ...once, ...asWritten] };
}

const TYPES: Readonly<Record<FactType, Json>> = {
  string: { type: "string" },
  integer: { type: "integer" },
  decimal: { type: "number" },
  boolean: { type: "boolean" },
  date: { type: "string", format: "date" },
  url: { type: "string", format: "uri" },
  email: { type: "string", format: "email" },
};

function propertyOf(facts: ColumnFacts): Json {
  const { type, description, required, minLength, maxLength, minimum, maximum, places, pattern, values } =
    facts;
  // A blank cell is an empty text: one that is required has at least a character.
  const least = required === true && type === "string" ? Math.max(1, minLength ?? 1) : minLength;
  return {
    ...(description !== undefined && { description }),
    ...TYPES[type],
    ...(least !== undefined && { minLength: least }),
    ...(maxLength !== undefined && { maxLength }),
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && { maximum }),
    ...(places !== undefined && { multipleOf: Number(`1e-${places}`) }),
    ...(pattern !== undefined && { pattern }),
    ...(values && { enum: values }),
  };
}

/** Null for what does not describe an object with properties. */
export function fromJsonSchema(schema: unknown): Imported | null {
  if (!isObject(schema)) return null;
  const lost: NotExpressed[] = [];
  const root = new SchemaReader(schema, "", lost);
  const properties = root.object("properties");
  if (!properties || (root.text("type") ?? "object") !== "object") return null;
  root.pass("$schema", "$id", "$comment", "title", "description", "examples");
  // Columns that a profile does not name are kept untouched: just what `true` says.
  if (root.flag("additionalProperties") === false)
    root.lose("additionalProperties", "that there must be no other columns");
  const required = new Set(root.texts("required"));
  root.end();
  const columns = properties.names().flatMap((name) => {
    const property = properties.object(name);
    return property ? [columnOf(name, property, required.has(name))] : [];
  });
  const named = new Set(columns.map(({ name }) => name));
  for (const name of required) if (!named.has(name)) columns.push({ name, type: "string", required: true });
  return { columns, notExpressed: lost };
}

const PROPERTY_TYPES: Readonly<Record<string, FactType>> = {
  string: "string",
  integer: "integer",
  number: "decimal",
  boolean: "boolean",
};
const FORMATS: Readonly<Record<string, FactType>> = { date: "date", uri: "url", email: "email" };

function columnOf(name: string, property: SchemaReader, isRequired: boolean): ColumnFacts {
  const word = property.text("type") ?? "string";
  const plain = Object.hasOwn(PROPERTY_TYPES, word) ? PROPERTY_TYPES[word] : undefined;
  if (!plain) property.lose("type", `the type "${word}"`);
  const format = property.text("format");
  const formatted =
    format !== undefined && plain === "string" && Object.hasOwn(FORMATS, format)
      ? FORMATS[format]
      : undefined;
  if (format !== undefined && !formatted) property.lose("format", `the format "${format}"`);
  const places = placesOf(property, plain);
  const [title, description] = [property.text("title"), property.text("description")];
  property.pass("$comment", "examples");
  const minLength = property.count("minLength");
  const values = property.values("enum");
  const pattern = property.text("pattern");
  const takesPattern = pattern !== undefined && Pattern.compile(pattern, false).ok;
  if (pattern !== undefined && !takesPattern)
    property.lose("pattern", "a pattern that a profile cannot have");
  const bounds = {
    maxLength: property.count("maxLength"),
    minimum: property.number("minimum"),
    maximum: property.number("maximum"),
  };
  const facts: ColumnFacts = {
    name,
    type: formatted ?? plain ?? "string",
    ...(formatted === "date" && { iso: true as const }),
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(isRequired && { required: true as const }),
    ...(minLength !== undefined && !(isRequired && minLength === 1) && { minLength }),
    ...(bounds.maxLength !== undefined && { maxLength: bounds.maxLength }),
    ...(bounds.minimum !== undefined && { minimum: bounds.minimum }),
    ...(bounds.maximum !== undefined && { maximum: bounds.maximum }),
    ...(places !== undefined && { places }),
    ...(takesPattern && { pattern }),
    ...(values && { values }),
  };
  property.end();
  return facts;
}

/** `multipleOf: 0.01` is two decimal places. */
function placesOf(property: SchemaReader, type: FactType | undefined): number | undefined {
  const step = property.number("multipleOf");
  if (step === undefined) return undefined;
  for (let places = 0; places <= MAX_PLACES; places++)
    if (type === "decimal" && Number(`1e-${places}`) === step) return places;
  if (type !== "integer" || step !== 1) property.lose("multipleOf", `that it is a multiple of ${step}`);
  return undefined;
}
