/** Checks that look at other columns of the row. */

import * as z from "zod";
import { EXPRESSION_MAX_LENGTH } from "../checks/expression-syntax";

const Name = z.string().min(1).max(100);
export const ExpressionSchema = z.string().min(1).max(EXPRESSION_MAX_LENGTH);

export const CompareSchema = z.strictObject({
  type: z.literal("compare"),
  op: z.enum(["lt", "lte", "gt", "gte", "eq", "ne"]),
  field: Name,
});
export const DependencySchema = z.strictObject({
  type: z.literal("dependency"),
  depends_on: z.array(Name).min(1).max(50),
});
export const BusinessSchema = z.strictObject({ type: z.literal("business"), expression: ExpressionSchema });
