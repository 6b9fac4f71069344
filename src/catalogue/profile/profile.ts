/** Rule profiles as a tenant writes them (CONTRACT §7): parsed once, here, and linted before they are used. */

import * as z from "zod";
import { err, ok, type Result } from "../../domain/result";
import { CHANNEL, VERSION } from "../../domain/rules-profile-id";
import { DATE_FORMATS, NUMBER_FORMATS } from "../checks/conventions";
import { ConditionSchema, ScopeFieldsSchema, ScopeSchema } from "./condition-schema";
import { faultOf, isTooDeep } from "./profile-faults";
import { FORMATS, RuleCheckSchema } from "./check-schema";
import { FixSchema, Joined } from "./fix-schema";
import { ExpressionSchema } from "./row-check-schema";
import { Name } from "./schema-words";
import { ENCODINGS } from "../reading/encoding";
import { dialectFaults, HEAD_ROWS_MAX } from "../reading/table-dialect";
import { lintProfile } from "./profile-lint";

/** `path` is a JSON pointer into the profile. */
export interface ProfileFault {
  readonly path: string;
  readonly message: string;
}

const FAULTS_MAX = 200;

export const LOCALES = ["pt-BR", "en", "es"] as const;
export type Locale = (typeof LOCALES)[number];
export type Severity = "error" | "warning" | "info";
export type FixClass = "safe" | "lossy" | "invented";

const Texts = z.partialRecord(z.enum(LOCALES), z.string().min(1).max(500));

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
  channel: z.string().regex(CHANNEL),
  version: z.string().regex(VERSION),
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
  const faults = parsed.success ? lint(parsed.data) : parsed.error.issues.map(faultOf);
  return parsed.success && faults.length === 0 ? ok(parsed.data) : err(someOf(faults));
}

/** Who has mended so many sees the others the next time. */
function someOf(faults: readonly ProfileFault[]): readonly ProfileFault[] {
  if (faults.length <= FAULTS_MAX) return faults;
  const more = { path: "", message: `and ${faults.length - FAULTS_MAX} faults more` };
  return [...faults.slice(0, FAULTS_MAX), more];
}

/** A stored profile as it was parsed and linted when it was taken in; what has been added since takes its default. */
export const readProfile = (text: string): Profile => ProfileSchema.parse(JSON.parse(text));
