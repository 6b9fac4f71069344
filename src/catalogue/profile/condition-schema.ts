/** What `when`, `skip_if` and `scope` may say. */

import * as z from "zod";

const Field = z.string().min(1).max(100);
const Text = z.string().max(1000);
const Value = z.union([Text, z.number()]);
const Values = z.array(Value).min(1).max(1000);
const ignoreCase = z.boolean().optional();
const BRANCHES_MAX = 50;

export const VALUE_TYPES = [
  "string",
  "number",
  "integer",
  "decimal",
  "boolean",
  "url",
  "email",
  "date",
  "gtin",
  "isbn",
  "ncm",
  "cest",
  "cpf",
  "cnpj",
  "cep",
] as const;

const comparison = <T extends string, S extends z.ZodRawShape>(op: T, operands: S) =>
  z.strictObject({ field: Field, op: z.literal(op), ...operands });
const between = { min: z.number().optional(), max: z.number().optional() };

export const ComparisonSchema = z.discriminatedUnion("op", [
  comparison("equals", { value: Value, ignore_case: ignoreCase }),
  comparison("not_equals", { value: Value, ignore_case: ignoreCase }),
  comparison("greater_than", { value: z.number() }),
  comparison("less_than", { value: z.number() }),
  comparison("range", between),
  comparison("regex", { pattern: z.string().min(1), ignore_case: ignoreCase }),
  comparison("length", between),
  comparison("exists", { value: z.boolean().optional() }),
  comparison("type", { value: z.enum(VALUE_TYPES) }),
  comparison("in", { values: Values, ignore_case: ignoreCase }),
  comparison("not_in", { values: Values, ignore_case: ignoreCase }),
]);

export type Comparison = z.output<typeof ComparisonSchema>;

export type ConditionSpec =
  string | Comparison | { and: ConditionSpec[] } | { or: ConditionSpec[] } | { not: ConditionSpec };

type Branches = z.ZodArray<z.ZodType<ConditionSpec>>;

const AndSchema = z.strictObject({
  get and(): Branches {
    return z.array(ConditionSchema).min(1).max(BRANCHES_MAX);
  },
});
const OrSchema = z.strictObject({
  get or(): Branches {
    return z.array(ConditionSchema).min(1).max(BRANCHES_MAX);
  },
});
const NotSchema = z.strictObject({
  get not(): z.ZodType<ConditionSpec> {
    return ConditionSchema;
  },
});

/** Recursive: `parseProfile` bounds the depth before it is asked. */
export const ConditionSchema: z.ZodType<ConditionSpec> = z.union([
  Text,
  ComparisonSchema,
  AndSchema,
  OrSchema,
  NotSchema,
]);

const Names = z.array(z.string().min(1).max(200)).min(1).max(1000).optional();

/** A rule looks only at rows of these categories, brands, conditions and prices; each member that is there must hold. */
export const ScopeSchema = z.strictObject({
  categories: Names,
  brands: Names,
  conditions: Names,
  price: z.strictObject(between).optional(),
});

export type Scope = z.output<typeof ScopeSchema>;

const Fields = z.array(Field).min(1).max(10).optional();

/** The columns that a scope looks at, instead of those with the canonical names. */
export const ScopeFieldsSchema = z.strictObject({
  category: Fields,
  brand: Fields,
  condition: Fields,
  price: Fields,
});

export type ScopeFields = z.output<typeof ScopeFieldsSchema>;
