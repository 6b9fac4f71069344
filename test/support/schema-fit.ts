/** As much of JSON Schema 2020-12 as our schemas say. A keyword it does not know is an error, not passed over. */

type Schema = Readonly<Record<string, unknown>>;
type Check = (value: unknown, said: unknown, path: string, schema: Schema) => readonly string[];

/** Each way in which a value does not fit, by its path; empty where it does. */
export function misfits(schema: Schema, value: unknown, path = "$"): readonly string[] {
  return Object.entries(schema).flatMap(([keyword, said]) => {
    if (ANNOTATIONS.has(keyword)) return [];
    const check = CHECKS[keyword];
    if (!check) throw new Error(`${path}: the keyword ${keyword} is not known here.`);
    return check(value, said, path, schema);
  });
}

export const ANNOTATIONS: ReadonlySet<string> = new Set([
  "$schema",
  "$id",
  "$comment",
  "title",
  "description",
  "examples",
]);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  null: (value) => value === null,
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: Number.isInteger,
  array: Array.isArray,
  object: isObject,
};

const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  uuid: (text) => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text),
  "date-time": (text) =>
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(text) &&
    !Number.isNaN(Date.parse(text)),
};

/** Says `fault` of a value of the keyword's own type; others pass, as the standard has it. */
const of =
  <T>(is: (value: unknown) => value is T, fault: (value: T, said: never) => string | false): Check =>
  (value, said, path) => {
    const found = is(value) && fault(value, said as never);
    return found === false ? [] : [`${path}: ${found}`];
  };
const isText = (value: unknown): value is string => typeof value === "string";
const isNumber = (value: unknown): value is number => typeof value === "number";

const CHECKS: Readonly<Record<string, Check>> = {
  type: (value, said, path) =>
    [said].flat().some((type) => TYPES[String(type)]?.(value)) ? [] : [`${path}: is no ${String(said)}`],
  const: (value, said, path) => (value === said ? [] : [`${path}: is not ${JSON.stringify(said)}`]),
  minLength: of(isText, (text, least: number) => text.length < least && "is too short"),
  pattern: of(isText, (text, pattern: string) => !new RegExp(pattern, "u").test(text) && `is not ${pattern}`),
  format: of(isText, (text, format: string) => !FORMATS[format]!(text) && `is no ${format}`),
  minimum: of(isNumber, (number, least: number) => number < least && "is too small"),
  maximum: of(isNumber, (number, most: number) => number > most && "is too large"),
  required: of(isObject, (value, names: string[]) => {
    const missing = names.filter((name) => !Object.hasOwn(value, name));
    return missing.length > 0 && `lacks ${missing.join(", ")}`;
  }),
  properties: (value, said, path) =>
    isObject(value)
      ? Object.entries(said as Record<string, Schema>).flatMap(([name, schema]) =>
          Object.hasOwn(value, name) ? misfits(schema, value[name], `${path}.${name}`) : [],
        )
      : [],
  items: (value, said, path) =>
    Array.isArray(value)
      ? value.flatMap((item, index) => misfits(said as Schema, item, `${path}[${index}]`))
      : [],
};
