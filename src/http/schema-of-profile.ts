import type { Context } from "hono";
import { toJsonSchema } from "../catalogue/exchange/json-schema";
import { toTableSchema } from "../catalogue/exchange/table-schema";
import type { Profile } from "../catalogue/profile/profile";
import type { TenantEnv } from "./context";
import { reply } from "./reply";
import { JSON_SCHEMA_TYPE, TABLE_SCHEMA_TYPE } from "./rules-body";

export const SCHEMA_FORMATS = ["table-schema", "json-schema"] as const;

/** What the language can say of the profile, and beside it, under a member of our own, what it cannot. */
export function replySchemaOf(
  c: Context<TenantEnv>,
  profile: Profile,
  format: (typeof SCHEMA_FORMATS)[number],
  { id, checksum }: { readonly id: string; readonly checksum: string },
): Response {
  const isTable = format === "table-schema";
  const { schema, notExpressed } = isTable ? toTableSchema(profile) : toJsonSchema(profile);
  const beside = { rules_profile_id: id, checksum, not_expressed: notExpressed };
  const type = isTable ? TABLE_SCHEMA_TYPE : JSON_SCHEMA_TYPE;
  return reply(c, JSON.stringify({ ...schema, validahub: beside }), 200, type);
}
