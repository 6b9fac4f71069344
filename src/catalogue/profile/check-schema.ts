/** What a rule may ask of a cell, of a row, or of a whole file. */

import * as z from "zod";
import { LENGTH_UNITS, UNITS } from "../checks/measures/units";
import { BusinessSchema, CompareSchema, DependencySchema } from "./row-check-schema";
import { Day, format, Length, Name, NormalForm, Values } from "./schema-words";

const between = <T extends string, N extends z.ZodNumber>(type: T, bound: N) =>
  z.strictObject({ type: z.literal(type), min: bound.optional(), max: bound.optional() });
const atLeast = <T extends string, N extends z.ZodNumber>(type: T, bound: N) =>
  z.strictObject({ type: z.literal(type), min: bound.optional(), value: bound.optional() });
const atMost = <T extends string, N extends z.ZodNumber>(type: T, bound: N) =>
  z.strictObject({ type: z.literal(type), max: bound.optional(), value: bound.optional() });
const oneOf = <T extends string>(type: T) =>
  z.strictObject({
    type: z.literal(type),
    values: Values.optional(),
    mapping: Name.optional(),
    ignore_case: z.boolean().optional(),
  });
const matching = <T extends string>(type: T) =>
  z.strictObject({ type: z.literal(type), pattern: z.string().min(1), ignore_case: z.boolean().optional() });

export const FORMATS = [
  "integer",
  "decimal",
  "boolean",
  "url",
  "email",
  "date",
  "gtin",
  "upc_e",
  "isbn",
  "ncm",
  "cest",
  "cpf",
  "cnpj",
  "cep",
  "image_url",
  "dimensions",
] as const;
const GTIN_KINDS = ["GTIN-8", "GTIN-12", "GTIN-13", "GTIN-14"] as const;
const ISBN_KINDS = ["ISBN-10", "ISBN-13"] as const;

export const CheckSchema = z.discriminatedUnion("type", [
  format("required"),
  z.strictObject({ type: z.literal("format"), format: z.enum(FORMATS) }),
  format("integer"),
  z.strictObject({ type: z.literal("decimal"), scale: z.int().min(0).max(15).optional() }),
  z.strictObject({ type: z.literal("decimal_places"), max: z.int().min(0).max(15) }),
  format("boolean"),
  format("url"),
  format("email"),
  // Identifiers are judged in their bare form: digits (capitals, in a CNPJ or an ISBN-10's X) and nothing else.
  // `prefixes: "sold"` refuses numbers that GS1 gives to no product: in-store codes, coupons, unassigned ranges.
  z.strictObject({
    type: z.literal("gtin"),
    kinds: z.array(z.enum(GTIN_KINDS)).min(1).optional(),
    prefixes: z.enum(["sold", "any"]).optional(),
  }),
  format("upc_e"),
  z.strictObject({ type: z.literal("isbn"), kinds: z.array(z.enum(ISBN_KINDS)).min(1).optional() }),
  format("ncm"),
  format("cest"),
  format("cpf"),
  format("cnpj"),
  format("cep"),
  // With a separator the cell is a list: each item is judged, and `min` and `max` count them.
  z.strictObject({
    type: z.literal("image_url"),
    extensions: z
      .array(z.string().regex(/^[A-Za-z0-9]{1,10}$/))
      .min(1)
      .max(50)
      .optional(),
    separator: z
      .string()
      .regex(/^[,;|\s]$/)
      .optional(),
    min: Length.optional(),
    max: Length.optional(),
  }),
  // `10x20.5x30 cm`. `min` and `max`, of each side, count in the first of `units`.
  z.strictObject({
    type: z.literal("dimensions"),
    sides: z.int().min(2).max(3).optional(),
    units: z.array(z.enum(LENGTH_UNITS)).min(1).optional(),
    min: z.number().min(0).optional(),
    max: z.number().min(0).optional(),
  }),
  // `1.5 kg` or `128GB`: units as they are spelled in `units`, in the first of which `min` and `max` count.
  z.strictObject({
    type: z.literal("measure"),
    units: z.array(z.enum(UNITS)).min(1),
    min: z.number().optional(),
    max: z.number().optional(),
  }),
  z.strictObject({
    type: z.literal("date"),
    min: Day.optional(),
    max: Day.optional(),
    /** `2024-03-12` alone will do. */
    format: z.literal("iso").optional(),
  }),
  between("length", Length),
  atLeast("length_min", Length),
  atMost("length_max", Length),
  between("range", z.number()),
  atLeast("numeric_min", z.number()),
  atMost("numeric_max", z.number()),
  oneOf("in_set"),
  oneOf("enum"),
  matching("regex"),
  matching("pattern"),
  z.strictObject({ type: z.literal("forbidden_chars"), chars: z.string().min(1).max(200) }),
  z.strictObject({
    type: z.literal("item_count"),
    min: Length.optional(),
    max: Length.optional(),
    separator: z.string().length(1).optional(),
  }),
  z.strictObject({ type: z.literal("normalized"), ...NormalForm }),
  z.strictObject({
    type: z.literal("unique"),
    ignore_case: z.boolean().optional(),
    as: z.literal("gtin").optional(),
  }),
  z.strictObject({
    type: z.literal("unique_together"),
    fields: z.array(Name).min(1).max(20),
    ignore_case: z.boolean().optional(),
  }),
  z.strictObject({ type: z.literal("plain_text"), emoji: z.boolean().optional() }),
]);

export type CheckSpec = z.output<typeof CheckSchema>;

/** What a rule may ask: a check of the cell, of the row, or of several at once. */
export type RuleCheckSpec =
  | CheckSpec
  | z.output<typeof CompareSchema>
  | z.output<typeof DependencySchema>
  | z.output<typeof BusinessSchema>
  | CompositeSpec;

interface CompositeSpec {
  type: "composite";
  rules?: RuleCheckSpec[] | undefined;
  all?: RuleCheckSpec[] | undefined;
  any?: RuleCheckSpec[] | undefined;
  none?: RuleCheckSpec[] | undefined;
}

type Parts = z.ZodOptional<z.ZodArray<z.ZodType<RuleCheckSpec>>>;

/** Recursive: `parseProfile` bounds the depth before it is asked. */
const CompositeSchema = z.strictObject({
  type: z.literal("composite"),
  get rules(): Parts {
    return partsOf();
  },
  get all(): Parts {
    return partsOf();
  },
  get any(): Parts {
    return partsOf();
  },
  get none(): Parts {
    return partsOf();
  },
});

export const RuleCheckSchema = z.discriminatedUnion("type", [
  ...CheckSchema.options,
  CompareSchema,
  DependencySchema,
  BusinessSchema,
  CompositeSchema,
]);

function partsOf(): Parts {
  return z.array(RuleCheckSchema).min(1).max(50).optional();
}
