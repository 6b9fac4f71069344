import type { FetchJwks } from "./jwks-download";
import { inlineKeys } from "./inline-keys";
import { remoteKeys } from "./remote-keys";
import type { KeySource } from "./key-source";
import type { IssuerTerms } from "./token-verifier";

/** The configuration's variables, as they are written (README, Configuration). */
export interface IssuerSettings {
  readonly issuer: string;
  readonly jwks: string;
  readonly jwksUrl: string;
  /** Further issuers: a JSON list of `{issuer, jwks | jwks_url, tenants?}`. */
  readonly issuers: string;
}

export interface KeyPorts {
  readonly fetchJwks: FetchJwks;
  readonly allowLoopback: boolean;
  readonly onFailure: (error: unknown) => void;
}

export interface AccessSettings {
  readonly terms: IssuerTerms;
  readonly audience: string;
}

/** Whose tokens are taken; none where nothing is configured. Throws with the variable's name where it is malformed. */
export function readIssuers(settings: IssuerSettings, ports: KeyPorts): readonly IssuerTerms[] {
  const { issuer, jwks, jwksUrl } = settings;
  const main = jwks === "" && jwksUrl === "" ? [] : [{ issuer, jwks, jwks_url: jwksUrl }];
  const further = parsed("JWT_ISSUERS", settings.issuers, []);
  if (!Array.isArray(further)) throw new Error("Configuration JWT_ISSUERS must be a JSON list.");
  return [
    ...main.map((entry) => termsOf("JWT_JWKS", entry, ports)),
    ...further.map((entry: unknown) => termsOf("JWT_ISSUERS", entry, ports)),
  ];
}

/** Cloudflare Access in front of the operator plane: JSON `{issuer, audience, jwks?}`; null where it is not set. */
export function readAccess(text: string, ports: KeyPorts): AccessSettings | null {
  const settings = parsed("ACCESS", text, null);
  if (settings === null) return null;
  const { issuer: team, audience } = membersOf("ACCESS", settings);
  if (typeof team !== "string" || typeof audience !== "string")
    throw new Error("Configuration ACCESS needs an issuer and an audience.");
  const issuer = team.replace(/\/$/, "");
  const keys = {
    jwks_url: `${issuer}/cdn-cgi/access/certs`,
    ...membersOf("ACCESS", settings),
    issuer,
  };
  return { terms: termsOf("ACCESS", keys, ports), audience };
}

function termsOf(name: string, entry: unknown, ports: KeyPorts): IssuerTerms {
  const { issuer, tenants } = membersOf(name, entry);
  if (typeof issuer !== "string" || issuer === "") throw new Error(`Configuration ${name} lacks an issuer.`);
  const isList = Array.isArray(tenants) && tenants.every((tenant) => typeof tenant === "string");
  if (tenants !== undefined && !isList)
    throw new Error(`Configuration ${name}: tenants must be a list of tenant ids.`);
  return { issuer, keys: keysOf(name, entry, ports), tenants: isList ? tenants : null };
}

function keysOf(name: string, entry: unknown, ports: KeyPorts): KeySource {
  const { jwks, jwks_url: url } = membersOf(name, entry);
  try {
    if (jwks !== undefined && jwks !== "")
      return inlineKeys(typeof jwks === "string" ? jwks : JSON.stringify(jwks));
    if (typeof url === "string" && url !== "") return remoteKeys(url, ports);
  } catch (error) {
    throw new Error(`Configuration ${name}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  throw new Error(`Configuration ${name} needs jwks or jwks_url.`);
}

function parsed(name: string, text: string, absent: unknown): unknown {
  if (text === "") return absent;
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`Configuration ${name} is not JSON.`);
  }
}

function membersOf(name: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null) return value as Readonly<Record<string, unknown>>;
  throw new Error(`Configuration ${name} holds something that is no JSON object.`);
}
