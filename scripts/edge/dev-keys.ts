import { randomBytes, randomUUID } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from "jose";

const ALGORITHM = "ES256";
const SECRET_BYTES = 32;
const ISSUER = "https://auth.validahub.local/";
const TENANT_AUDIENCE = "https://api.validahub.local";
const OPERATOR_AUDIENCE = "validahub-admin";
const DEFAULT_TTL_SECONDS = 3600;
const TENANT_SCOPES =
  "jobs:read jobs:write files:read files:write rules:read rules:write events:read " +
  "webhooks:read webhooks:write usage:read audit:read keys:read keys:write";
const OPERATOR_SCOPES = "admin:read admin:write";

interface SigningKey {
  readonly privateKey: JWK & { readonly alg: string; readonly kid: string };
  readonly publicKey: JWK;
}

/** The key that signs tokens for the local edge. Made once per state folder, whoever comes first. */
export async function tokenSigningKey(stateDir: string): Promise<SigningKey> {
  const file = join(keysDir(stateDir), "token-signing.json");
  const text = read(file) ?? createOnce(file, JSON.stringify(await makeSigningKey()));
  return JSON.parse(text) as SigningKey;
}

/** A secret of the Worker, in base64url. Made once per state folder, whoever comes first. */
export function secret(stateDir: string, name: string): string {
  const file = join(keysDir(stateDir), `${name}.secret`);
  return read(file) ?? createOnce(file, randomBytes(SECRET_BYTES).toString("base64url"));
}

export type TokenRequest = {
  readonly scope?: string | undefined;
  readonly sub?: string | undefined;
  readonly ttlSeconds?: number | undefined;
} & ({ readonly tenant: string; readonly admin?: false } | { readonly admin: true });

/** A token that the edge running on this state folder accepts, with every scope of its kind unless told. */
export async function mintToken(stateDir: string, request: TokenRequest): Promise<string> {
  const { privateKey } = await tokenSigningKey(stateDir);
  const claims = request.admin
    ? { scope: request.scope ?? OPERATOR_SCOPES }
    : { tenant_id: request.tenant, scope: request.scope ?? TENANT_SCOPES };
  const issuedAtSeconds = Math.floor(Date.now() / 1000);
  return new SignJWT(claims)
    .setProtectedHeader({ typ: "JWT", alg: privateKey.alg, kid: privateKey.kid })
    .setIssuer(ISSUER)
    .setAudience(request.admin ? OPERATOR_AUDIENCE : TENANT_AUDIENCE)
    .setSubject(request.sub ?? (request.admin ? "operator_local" : "user_local"))
    .setIssuedAt(issuedAtSeconds)
    .setExpirationTime(issuedAtSeconds + (request.ttlSeconds ?? DEFAULT_TTL_SECONDS))
    .setJti(randomUUID())
    .sign(await importJWK(privateKey, privateKey.alg));
}

async function makeSigningKey(): Promise<SigningKey> {
  const pair = await generateKeyPair(ALGORITHM, { extractable: true });
  const shared = { kid: `local-${randomBytes(6).toString("hex")}`, alg: ALGORITHM, use: "sig" };
  return {
    privateKey: { ...(await exportJWK(pair.privateKey)), ...shared },
    publicKey: { ...(await exportJWK(pair.publicKey)), ...shared },
  };
}

function keysDir(stateDir: string): string {
  const dir = join(stateDir, "keys");
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  return dir;
}

/** A link either makes the whole file appear or fails because another process was first: both then agree. */
function createOnce(file: string, text: string): string {
  const draft = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
  writeFileSync(draft, text, { mode: 0o600, flag: "wx" });
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!isFault(error, "EEXIST")) throw error;
  } finally {
    rmSync(draft);
  }
  return readFileSync(file, "utf8");
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (isFault(error, "ENOENT")) return undefined;
    throw error;
  }
}

const isFault = (error: unknown, code: string) =>
  error instanceof Error && "code" in error && error.code === code;
