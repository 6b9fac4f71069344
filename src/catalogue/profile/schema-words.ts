/** What the schemas of checks and fixes are made of. */

import * as z from "zod";

export const Name = z.string().min(1).max(100);
export const Length = z.int().min(0).max(1_000_000);
export const Values = z.array(z.string().max(1000)).min(1).max(10_000);
export const Day = z.iso.date();

/** A type that takes no options. */
export const format = <T extends string>(type: T) => z.strictObject({ type: z.literal(type) });

export const NormalForm = {
  trim: z.boolean().optional(),
  collapse_spaces: z.boolean().optional(),
  lowercase: z.boolean().optional(),
  uppercase: z.boolean().optional(),
  titlecase: z.boolean().optional(),
  capitalize: z.boolean().optional(),
  unicode: z.boolean().optional(),
};
