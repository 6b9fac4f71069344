import * as z from "zod";
import { ProfileSchema } from "./profile";

/** What a profile may say as its author writes it, in JSON Schema 2020-12; the linter knows more (`profile-lint.ts`). */
export function profileInputSchema(): Readonly<Record<string, unknown>> {
  // The path of a PUT says channel and version: the body may leave them out.
  const {
    $schema: _dialect,
    required: _required,
    ...schema
  } = z.toJSONSchema(ProfileSchema, { io: "input" });
  return schema;
}
