import * as z from "zod";
import { ProfileSchema } from "./profile";

/** What a profile may say as its author writes it, in JSON Schema 2020-12; the linter knows more (`profile-lint.ts`). */
export function profileInputSchema(): Readonly<Record<string, unknown>> {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(ProfileSchema, { io: "input" });
  return schema;
}
