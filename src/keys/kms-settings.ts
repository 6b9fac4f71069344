import { err, ok, type Result } from "../domain/result";

/** Which key of which KMS, and by whose right it is used. */
export interface KmsSettings {
  /** Origin of the KMS, with its slash. */
  readonly endpoint: string;
  readonly region: string;
  readonly keyId: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials (a role's); null where they are lasting. */
  readonly sessionToken: string | null;
}

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

const TEXTS = {
  /** Becomes a part of the default endpoint's host: nothing in it may end a label. */
  region: /^[a-z0-9-]{1,32}$/,
  /** A key's ARN or id. No alias: it could come to mean another key, and what the first one wrapped would be lost. */
  key_id: /^(?:arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/)?[\w-]{1,128}$/,
  access_key_id: /^\w{3,128}$/,
  secret_access_key: /^[\x21-\x7e]{1,256}$/,
  session_token: /^[\x21-\x7e]{1,4096}$/,
} as const;

const MEMBERS: readonly string[] = ["type", "endpoint", ...Object.keys(TEXTS)];

/**
 * `{"type"?: "aws-kms", "endpoint"?, "region", "key_id", "access_key_id", "secret_access_key", "session_token"?}`.
 * What is wrong is said by the member's name, never by its value.
 */
export function parseKmsSettings(value: unknown, allowLoopback: boolean): Result<KmsSettings, string> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return err("is no JSON object.");
  const members: ReadonlyMap<string, unknown> = new Map(Object.entries(value));
  if ([...members.keys()].some((name) => !MEMBERS.includes(name)))
    return err(`may hold only ${MEMBERS.join(", ")}.`);
  if ((members.get("type") ?? "aws-kms") !== "aws-kms") return err('type must be "aws-kms".');
  const text = (name: keyof typeof TEXTS): string | null => {
    const member = members.get(name);
    return typeof member === "string" && TEXTS[name].test(member) ? member : null;
  };
  const region = text("region");
  if (region === null) return err("region is missing or malformed.");
  const keyId = text("key_id");
  if (keyId === null) return err("key_id must be a key's ARN or id, not an alias.");
  const accessKeyId = text("access_key_id");
  if (accessKeyId === null) return err("access_key_id is missing or malformed.");
  const secretAccessKey = text("secret_access_key");
  if (secretAccessKey === null) return err("secret_access_key is missing or malformed.");
  const sessionToken = text("session_token");
  if (sessionToken === null && members.has("session_token")) return err("session_token is malformed.");
  const endpoint = originOf(members.get("endpoint") ?? `https://kms.${region}.amazonaws.com`, allowLoopback);
  if (endpoint === null)
    return err(`endpoint must be an https origin${allowLoopback ? ", or http on the loopback" : ""}.`);
  return ok({ endpoint, region, keyId, accessKeyId, secretAccessKey, sessionToken });
}

/** An origin and nothing more: no credentials, no path, no query. */
function originOf(value: unknown, allowLoopback: boolean): string | null {
  const url = typeof value === "string" ? URL.parse(value) : null;
  if (url === null || url.href !== `${url.origin}/`) return null;
  const loopback = allowLoopback && url.protocol === "http:" && LOOPBACK.has(url.hostname);
  return url.protocol === "https:" || loopback ? url.href : null;
}
