import type { Tenant } from "../durable-objects/tenant";
import type { JobMessage } from "./queues/messages";
import type { ShardName } from "./shards/shard-router";

/** What the Worker is given. Secrets and variables are strings; `readConfig` parses them once. */
export interface Env extends Readonly<Record<ShardName, D1Database>> {
  readonly TENANTS: DurableObjectNamespace<Tenant>;
  readonly FILES: R2Bucket;
  readonly JOBS_STANDARD: Queue<JobMessage>;
  readonly JOBS_PRIORITY: Queue<JobMessage>;
  readonly DIRECTORY: D1Database;
  readonly ENVIRONMENT: string;
  readonly JWT_JWKS: string;
  readonly JWT_ISSUER: string;
  readonly JWT_AUDIENCE: string;
  readonly LEASE_SECONDS: string;
  readonly JOB_TTL_SECONDS: string;
  readonly IDEMPOTENCY_COMPAT: string;
  /** Empty: errors are logged only. */
  readonly SENTRY_DSN: string;
  readonly LINK_SIGNING_KEY: string;
}

/** What `Actual` must have at least. */
type Provides<Actual extends { [K in keyof Wanted]: unknown }, Wanted> = Actual;
/**
 * Fails to compile when wrangler.toml stops providing what the code asks for.
 * @public
 */
export type WranglerProvidesEnv = Provides<Cloudflare.Env, Env>;

export interface Config {
  readonly jwt: { readonly jwks: string; readonly issuer: string; readonly audience: string };
  readonly leaseMs: number;
  readonly jobTtlMs: number;
  readonly idempotencyCompat: "canonicalise" | "reject";
  readonly linkSigningKey: Uint8Array;
  readonly sentry: { readonly dsn: string; readonly environment: string };
}

const configs = new WeakMap<Env, Config>();

/** The parsed configuration. A missing or malformed variable stops the first request with its name. */
export function readConfig(env: Env): Config {
  const known = configs.get(env);
  if (known) return known;
  const config: Config = {
    jwt: { jwks: env.JWT_JWKS, issuer: env.JWT_ISSUER, audience: env.JWT_AUDIENCE },
    leaseMs: seconds("LEASE_SECONDS", env.LEASE_SECONDS) * 1000,
    jobTtlMs: seconds("JOB_TTL_SECONDS", env.JOB_TTL_SECONDS) * 1000,
    idempotencyCompat: env.IDEMPOTENCY_COMPAT === "reject" ? "reject" : "canonicalise",
    linkSigningKey: signingKey(env.LINK_SIGNING_KEY),
    sentry: { dsn: env.SENTRY_DSN, environment: env.ENVIRONMENT },
  };
  configs.set(env, config);
  return config;
}

function seconds(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0)
    throw new Error(`Configuration ${name} must be a positive number of seconds.`);
  return value;
}

function signingKey(text: string | undefined): Uint8Array {
  const bytes = Buffer.from(text ?? "", "base64url");
  if (bytes.length < 32)
    throw new Error("Configuration LINK_SIGNING_KEY must be at least 32 bytes in base64url.");
  return bytes;
}
