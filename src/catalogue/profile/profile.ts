/** Rule profiles as a tenant writes them (CONTRACT §7): parsed once, here, and linted before they are used. */

import * as z from "zod";
import { err, ok, type Result } from "../../domain/result";
import { LENGTH_UNITS, UNITS } from "../checks/measures/units";
import { DATE_FORMATS, NUMBER_FORMATS } from "../checks/conventions";
import { ConditionSchema, ScopeFieldsSchema, ScopeSchema } from "./condition-schema";
import { faultOf, isTooDeep } from "./profile-faults";
import { BusinessSchema, CompareSchema, DependencySchema, ExpressionSchema } from "./row-check-schema";
import { ENCODINGS } from "../reading/encoding";
import { dialectFaults, HEAD_ROWS_MAX } from "../reading/table-dialect";
import { lintProfile } from "./profile-lint";

/** `path` is a JSON pointer into the profile. */
export interface ProfileFault {
  readonly path: string;
  readonly message: string;
}

export const LOCALES = ["pt-BR", "en", "es"] as const;
export type Locale = (typeof LOCALES)[number];
export type Severity = "error" | "warning" | "info";
export type FixClass = "safe" | "lossy" | "invented";

const Name = z.string().min(1).max(100);
const Length = z.int().min(0).max(1_000_000);
const Values = z.array(z.string().max(1000)).min(1).max(10_000);
const Day = z.iso.date();
const Texts = z.partialRecord(z.enum(LOCALES), z.string().min(1).max(500));

const format = <T extends string>(type: T) => z.strictObject({ type: z.literal(type) });
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

const NormalForm = {
  trim: z.boolean().optional(),
  collapse_spaces: z.boolean().optional(),
  lowercase: z.boolean().optional(),
  uppercase: z.boolean().optional(),
  titlecase: z.boolean().optional(),
  capitalize: z.boolean().optional(),
  unicode: z.boolean().optional(),
};

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

const Joined = { fields: z.array(Name).min(1).max(20), separator: z.string().max(20).optional() };

export const FixSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("set_default"), value: z.string().min(1).max(1000) }),
  z.strictObject({ type: z.literal("map_value"), mapping: Name, default: z.string().max(1000).optional() }),
  z.strictObject({ type: z.literal("truncate"), max: Length }),
  z.strictObject({
    type: z.literal("pad"),
    length: z.int().min(1).max(1000),
    char: z.string().length(1),
    side: z.enum(["left", "right"]).optional(),
  }),
  z.strictObject({ type: z.literal("normalize"), ...NormalForm }),
  z.strictObject({ type: z.literal("normalize_decimal") }),
  format("normalize_identifier"),
  format("expand_upc_e"),
  format("pad_gtin"),
  z.strictObject({ type: z.literal("convert_units"), to: z.enum(UNITS).optional() }),
  format("format_dimensions"),
  z.strictObject({ type: z.literal("normalize_date") }),
  z.strictObject({ type: z.literal("strip_chars"), chars: z.string().min(1).max(200) }),
  z.strictObject({ type: z.literal("normalize_price"), scale: z.int().min(0).max(15).optional() }),
  z.strictObject({ type: z.literal("clean_text"), emoji: z.boolean().optional() }),
  format("extract_gtin"),
  z.strictObject({ type: z.literal("concatenate"), ...Joined }),
]);

const SeveritySchema = z
  .enum(["error", "warning", "info", "ERROR", "WARNING", "INFO"])
  .transform((severity) => severity.toLowerCase() as Severity);

const RuleSchema = z.strictObject({
  id: Name,
  field: Name,
  check: RuleCheckSchema,
  fix: FixSchema.optional(),
  action: z.enum(["assert", "transform", "suggest"]).default("assert"),
  severity: SeveritySchema.default("error"),
  when: ConditionSchema.optional(),
  skip_if: ConditionSchema.optional(),
  scope: ScopeSchema.optional(),
  precedence: z.int().min(1).max(1000).default(100),
  enabled: z.boolean().default(true),
  tags: z.array(z.string().max(100)).max(50).optional(),
  message: z.union([z.string().min(1).max(500), Texts]).optional(),
  source: z.string().max(1000).optional(),
  checked_on: z.iso.date().optional(),
  reviewer: z.string().max(200).optional(),
});

/** A column that an enrichment appends: the worth of an expression, or the filled ones of some fields, joined. */
const DerivedSchema = z.strictObject({
  name: Name,
  from: z.union([
    ExpressionSchema,
    z.strictObject({ concatenate: Joined.fields, separator: Joined.separator }),
  ]),
});
const RowNumber = z.int().min(1).max(HEAD_ROWS_MAX);

/** Members of Table Dialect (Data Package 2.0) that can be fixed, and of Data Resource its `encoding`. */
const TableDialectSchema = z.strictObject({
  $schema: z.string().max(1000).optional(),
  delimiter: z.enum([",", ";", "\t", "|"]).optional(),
  /** Null: there is no quoting, and quotes are text. */
  quoteChar: z.union([z.literal('"'), z.null()]).optional(),
  doubleQuote: z.literal(true).optional(),
  header: z.boolean().optional(),
  headerRows: z.tuple([RowNumber]).optional(),
  /** Rows above the table, which are passed over: 1, 2, 3 and so on. */
  commentRows: z.array(RowNumber).max(HEAD_ROWS_MAX).optional(),
  encoding: z.enum(ENCODINGS).optional(),
});
export type TableDialect = z.output<typeof TableDialectSchema>;

export const ProfileSchema = z.strictObject({
  schema_version: z.literal("1").default("1"),
  channel: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/),
  version: z.string().regex(/^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/),
  name: Name.optional(),
  description: z.string().max(5000).optional(),
  dialect: TableDialectSchema.optional(),
  apply_fixes: z.array(z.enum(["safe", "lossy", "invented"])).default(["safe"]),
  columns: z
    .array(
      z.strictObject({
        name: Name,
        aliases: z.array(Name).max(100).optional(),
        type: z.enum(["string", ...FORMATS]).optional(),
        number_format: z.enum([...NUMBER_FORMATS, "auto"]).default("auto"),
        date_format: z.enum([...DATE_FORMATS, "auto"]).default("auto"),
        description: z.string().max(1000).optional(),
      }),
    )
    .max(2000)
    .default([]),
  mappings: z.record(Name, z.record(z.string().max(1000), z.string().max(1000))).default({}),
  scope_fields: ScopeFieldsSchema.optional(),
  rules: z.array(RuleSchema).max(5000).default([]),
  derived: z.array(DerivedSchema).max(50).default([]),
});

/** As its author writes it. */
export type ProfileInput = z.input<typeof ProfileSchema>;
export type Profile = z.output<typeof ProfileSchema>;
export type ProfileRule = Profile["rules"][number];
export type DerivedSpec = Profile["derived"][number];
export type FixSpec = z.output<typeof FixSchema>;

/** A profile that parses is safe to compile: no rule contradicts itself, no fix is refused by its own check. */
export function parseProfile(input: unknown): Result<Profile, readonly ProfileFault[]> {
  if (isTooDeep(input)) return err([{ path: "", message: "is nested too deeply" }]);
  return parseWith(ProfileSchema, lintProfile, input);
}

export function parseTableDialect(input: unknown): Result<TableDialect, readonly ProfileFault[]> {
  return parseWith(TableDialectSchema, dialectFaults, input);
}

function parseWith<T>(
  schema: z.ZodType<T>,
  lint: (value: T) => readonly ProfileFault[],
  input: unknown,
): Result<T, readonly ProfileFault[]> {
  const parsed = schema.safeParse(input);
  if (!parsed.success) return err(parsed.error.issues.map(faultOf));
  const faults = lint(parsed.data);
  return faults.length > 0 ? err(faults) : ok(parsed.data);
}

/** A stored profile as it was parsed and linted when it was taken in; what has been added since takes its default. */
export const readProfile = (text: string): Profile => ProfileSchema.parse(JSON.parse(text));
