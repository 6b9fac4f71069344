/** What a fix may do. */

import * as z from "zod";
import { UNITS } from "../checks/measures/units";
import { format, Length, Name, NormalForm } from "./schema-words";

/** Fields whose values are joined. */
export const Joined = { fields: z.array(Name).min(1).max(20), separator: z.string().max(20).optional() };

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

export type FixSpec = z.output<typeof FixSchema>;
