import type { Context } from "hono";
import { fromJsonSchema } from "../catalogue/exchange/json-schema";
import type { NotExpressed } from "../catalogue/exchange/column-facts";
import { profileFromFacts } from "../catalogue/exchange/profile-from-facts";
import { fromTableSchema } from "../catalogue/exchange/table-schema";
import { parseProfile, type Profile, type ProfileFault } from "../catalogue/profile/profile";
import { canonicalJson, sha256Hex } from "../crypto/canonical-json";
import { canonicalChannel, type RulesProfileId } from "../domain/rules-profile-id";
import type { NewDraft } from "../../durable-objects/tenant/operations/rules";
import type { TenantEnv } from "./context";
import { boundedText, faultOf, parseJson } from "./json-body";
import { READ_ONLY_MEMBERS } from "./present-profile";
import { Problem } from "./problem";
import { parseYaml } from "./yaml-text";

/** As it is sent, and as it rests. */
export const MAX_PROFILE_BYTES = 256 * 1024;

export const YAML_TYPES = ["application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"];
export const TABLE_SCHEMA_TYPE = "application/vnd.tableschema+json";
export const JSON_SCHEMA_TYPE = "application/schema+json";

export type SchemaFormat = "table-schema" | "json-schema";

export interface ReadProfile {
  readonly profile: Profile;
  /** Of a schema in another language: what of it the profile does not say. Null for a profile. */
  readonly notExpressed: readonly NotExpressed[] | null;
}

/** The profile in a request's body, whatever it is written in; `named` is what the path says that it is. */
export async function profileOf(c: Context<TenantEnv>, named: RulesProfileId): Promise<ReadProfile> {
  const type = c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  const text = () => boundedText(c.req.raw, MAX_PROFILE_BYTES);
  if (type === "application/json")
    return { profile: parsed(parseJson(await text()), named), notExpressed: null };
  if (YAML_TYPES.includes(type)) return { profile: parsed(yaml(await text()), named), notExpressed: null };
  if (type === TABLE_SCHEMA_TYPE) return imported("table-schema", parseJson(await text()), named);
  if (type === JSON_SCHEMA_TYPE) return imported("json-schema", parseJson(await text()), named);
  throw new Problem(
    "unsupported_media_type",
    `Send the profile as application/json or application/yaml, or a schema as ${TABLE_SCHEMA_TYPE} or ${JSON_SCHEMA_TYPE}.`,
  );
}

/** A draft of what a schema says. */
export function imported(format: SchemaFormat, schema: unknown, named: RulesProfileId): ReadProfile {
  const read = format === "table-schema" ? fromTableSchema(schema) : fromJsonSchema(schema);
  if (!read) {
    const wanted =
      format === "table-schema"
        ? "a Table Schema: an object with fields"
        : "a JSON Schema of an object with properties";
    throw invalidProfile([{ path: "", message: `This is not ${wanted}.` }]);
  }
  return { profile: parsed(profileFromFacts(read.columns), named), notExpressed: read.notExpressed };
}

/** What the tenant's object stores: the text whose digest is the profile's entity tag. */
export function draftOf(profile: Profile): NewDraft {
  const body = canonicalJson(profile);
  if (new TextEncoder().encode(body).length > MAX_PROFILE_BYTES)
    throw new Problem(
      "payload_too_large",
      `A profile may have at most ${MAX_PROFILE_BYTES} bytes as canonical JSON.`,
    );
  return {
    channel: profile.channel,
    version: profile.version,
    name: profile.name ?? null,
    ruleCount: profile.rules.length,
    checksum: sha256Hex(body),
    body,
  };
}

export const invalidProfile = (faults: readonly ProfileFault[]): Problem => {
  const fieldErrors: Record<string, string[]> = Object.create(null);
  for (const { path, message } of faults) (fieldErrors[path] ??= []).push(message);
  const shown = faults.slice(0, 3).map(({ path, message }) => `${path || "/"}: ${message}`);
  const more = faults.length > shown.length ? `; and ${faults.length - shown.length} more` : "";
  return new Problem("profile_invalid", `The profile is not valid: ${shown.join("; ")}${more}`, {
    fieldErrors,
  });
};

function yaml(text: string): unknown {
  const read = parseYaml(text);
  if (!read.ok) throw invalidProfile([{ path: "", message: read.error }]);
  const fault = faultOf(read.value);
  if (fault !== null) throw invalidProfile([{ path: "", message: fault }]);
  return read.value;
}

/** The path says what it is: the body may say so as well, and nothing else. What a read adds to a profile may stay. */
function parsed(value: unknown, { channel, version }: RulesProfileId): Profile {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalidProfile([{ path: "", message: "A profile is an object." }]);
  const said = Object.fromEntries(Object.entries(value).filter(([name]) => !READ_ONLY_MEMBERS.has(name)));
  const faults: ProfileFault[] = [];
  if (
    said.channel !== undefined &&
    (typeof said.channel !== "string" || canonicalChannel(said.channel) !== channel)
  )
    faults.push({ path: "/channel", message: `The path says "${channel}": say the same, or leave it out.` });
  if (said.version !== undefined && said.version !== version)
    faults.push({ path: "/version", message: `The path says "${version}": say the same, or leave it out.` });
  const profile = parseProfile({ ...said, channel, version });
  if (!profile.ok) throw invalidProfile([...faults, ...profile.error]);
  if (faults.length > 0) throw invalidProfile(faults);
  return profile.value;
}
