/** Table Schema 2.0 (Data Package 2.0): a profile's columns as fields, and fields as a profile. */

import { Pattern } from "../checks/pattern";
import type { Profile } from "../profile/profile";
import { factsOf, type ColumnFacts, type FactType, type NotExpressed } from "./column-facts";
import { isObject, SchemaReader, type Json } from "./schema-reader";

const DIALECT = "https://datapackage.org/profiles/2.0/tableschema.json";

/** The boolean words of a profile's check. */
const TRUE_VALUES = ["true", "1", "yes", "sim"];
const FALSE_VALUES = ["false", "0", "no", "não", "nao"];

export interface Exported {
  readonly schema: Json;
  readonly notExpressed: readonly NotExpressed[];
}

export function toTableSchema(profile: Profile): Exported {
  const { columns, notExpressed } = factsOf(profile);
  const lost = [...notExpressed];
  const fields = columns.map((facts) => fieldOf(facts, lost));
  // Columns that the profile does not name are kept, and those that it names may be missing.
  return { schema: { $schema: DIALECT, fieldsMatch: "partial", fields }, notExpressed: lost };
}

const TYPES: Readonly<Record<FactType, Json>> = {
  string: { type: "string" },
  integer: { type: "integer" },
  decimal: { type: "number" },
  boolean: { type: "boolean", trueValues: TRUE_VALUES, falseValues: FALSE_VALUES },
  date: { type: "date", format: "any" },
  url: { type: "string", format: "uri" },
  email: { type: "string", format: "email" },
};

/** What a date is there unless its format says more. */
const ISO_DATE: Json = { type: "date" };

function fieldOf(facts: ColumnFacts, lost: NotExpressed[]): Json {
  const { name, type, description, required, minLength, maxLength, minimum, maximum, values } = facts;
  const at = (message: string) => lost.push({ path: "", message: `column "${name}": ${message}` });
  if (facts.places !== undefined) at("the number of decimal places");
  const pattern = facts.pattern === undefined ? null : whole(facts.pattern);
  if (facts.pattern !== undefined && pattern === null)
    at("its pattern, which may match a part of the value: here patterns match the whole");
  const constraints = {
    ...(required && { required }),
    ...(facts.unique && { unique: facts.unique }),
    ...(minLength !== undefined && { minLength }),
    ...(maxLength !== undefined && { maxLength }),
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && { maximum }),
    ...(pattern !== null && { pattern }),
    ...(values && { enum: values }),
  };
  return {
    name,
    ...(description !== undefined && { description }),
    ...(facts.iso === true ? ISO_DATE : TYPES[type]),
    ...(Object.keys(constraints).length > 0 && { constraints }),
  };
}

export interface Imported {
  readonly columns: readonly ColumnFacts[];
  readonly notExpressed: readonly NotExpressed[];
}

/** Null for what is no Table Schema at all. */
export function fromTableSchema(schema: unknown): Imported | null {
  if (!isObject(schema)) return null;
  const lost: NotExpressed[] = [];
  const root = new SchemaReader(schema, "", lost);
  const fields = root.objects("fields");
  if (!fields) return null;
  root.pass("$schema", "name", "title", "description");
  if (root.text("fieldsMatch") !== "partial")
    root.lose(
      "fieldsMatch",
      "that columns must be there or must not: a profile takes files with fewer and with more",
    );
  const key = new Set(primaryKey(schema, root));
  root.end();
  const columns = fields.flatMap((field) => {
    const facts = factsOfField(field);
    return facts ? [key.has(facts.name) ? { ...facts, required: true as const } : facts] : [];
  });
  return { columns, notExpressed: lost };
}

/** The columns of a key must be filled in; that their values are unique is not taken over. */
function primaryKey(schema: Json, root: SchemaReader): readonly string[] {
  if (!Object.hasOwn(schema, "primaryKey")) return [];
  root.lose("primaryKey", "that the key is unique; its columns are required");
  return [schema.primaryKey].flat().filter((name) => typeof name === "string");
}

const FIELD_TYPES: Readonly<Record<string, FactType>> = {
  string: "string",
  any: "string",
  integer: "integer",
  year: "integer",
  number: "decimal",
  boolean: "boolean",
  date: "date",
};
const STRING_FORMATS: Readonly<Record<string, FactType>> = { default: "string", uri: "url", email: "email" };

function factsOfField(field: SchemaReader): ColumnFacts | null {
  const name = field.text("name");
  if (name === undefined || name === "") {
    field.lose(null, "a field without a name");
    return null;
  }
  const { type, iso } = typeOf(field);
  const [title, description] = [field.text("title"), field.text("description")];
  field.pass("example", "rdfType");
  if (type === "boolean") field.pass("trueValues", "falseValues");
  const constraints = field.object("constraints");
  const facts: ColumnFacts = {
    name,
    type,
    ...(iso && { iso }),
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(constraints && constraintsOf(constraints)),
  };
  field.end();
  return facts;
}

function typeOf(field: SchemaReader): Pick<ColumnFacts, "type" | "iso"> {
  const word = field.text("type") ?? "string";
  const type = Object.hasOwn(FIELD_TYPES, word) ? FIELD_TYPES[word] : undefined;
  if (!type) {
    field.lose("type", `the type "${word}"`);
    return { type: "string" };
  }
  if (word === "year") field.lose("type", "that the number is a year");
  const format = field.text("format") ?? "default";
  if (type === "string" && Object.hasOwn(STRING_FORMATS, format))
    return { type: STRING_FORMATS[format] ?? type };
  if (type === "date" && format === "default") return { type, iso: true };
  if (format !== (type === "date" ? "any" : "default")) field.lose("format", `the format "${format}"`);
  return { type };
}

function constraintsOf(constraints: SchemaReader): Partial<ColumnFacts> {
  const pattern = constraints.text("pattern");
  const anchored = pattern === undefined ? undefined : `^(?:${pattern})$`;
  const taken = anchored !== undefined && Pattern.compile(anchored, false).ok;
  if (anchored !== undefined && !taken) constraints.lose("pattern", "a pattern that a profile cannot have");
  const read = {
    ...(constraints.flag("required") === true && { required: true as const }),
    ...(constraints.flag("unique") === true && { unique: true as const }),
    ...some("minLength", constraints.count("minLength")),
    ...some("maxLength", constraints.count("maxLength")),
    ...some("minimum", constraints.number("minimum")),
    ...some("maximum", constraints.number("maximum")),
    ...some("values", constraints.values("enum")),
    ...(taken && { pattern: anchored }),
  };
  constraints.end();
  return read;
}

const some = <K extends string, V>(name: K, value: V | undefined) =>
  value === undefined ? {} : ({ [name]: value } as { readonly [_ in K]: V });

/** The pattern that matches whole values just where `pattern` finds something in them; null if it cannot be told. */
function whole(pattern: string): string | null {
  const inner = /^\^(.*)\$$/s.exec(pattern)?.[1];
  if (inner === undefined || /(?:^|[^\\])(?:\\\\)*\\$/.test(inner)) return null;
  const grouped = /^\(\?:(.*)\)$/s.exec(inner)?.[1];
  if (grouped !== undefined && isOneGroup(grouped)) return grouped;
  return inner.includes("|") ? null : inner;
}

/** Whether no parenthesis in it closes one that was opened before it. */
function isOneGroup(inner: string): boolean {
  let depth = 0;
  let inClass = false;
  for (let i = 0; i < inner.length; i++) {
    const char = inner[i];
    if (char === "\\") i++;
    else if (char === "[") inClass = true;
    else if (char === "]") inClass = false;
    else if (!inClass && char === "(") depth++;
    else if (!inClass && char === ")" && --depth < 0) return false;
  }
  return depth === 0;
}
