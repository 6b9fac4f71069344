import type { Tenant } from "../durable-objects/tenant";
import { macKeys } from "./crypto/mac-keys";
import type { DeadLetter, DeliveryMessage, JobMessage, ResealMessage } from "./queues/messages";
import { parseEventRoutes, type EventRoute } from "./domain/event-route";
import type { Result } from "./domain/result";
import { parseWebhookSchedule, type WebhookSchedule } from "./domain/webhook-schedule";
import type { ShardName } from "./shards/shard-router";

/** What the Worker is given. Secrets and variables are strings; `readConfig` parses them once. */
export interface Env extends Readonly<Record<ShardName, D1Database>> {
  readonly TENANTS: DurableObjectNamespace<Tenant>;
  readonly FILES: R2Bucket;
  /** One half of every tenant key. Nothing else may read it, and no backup may hold it. */
  readonly KEYS: R2Bucket;
  readonly JOBS_STANDARD: Queue<JobMessage>;
  readonly JOBS_PRIORITY: Queue<JobMessage>;
  readonly RESEAL: Queue<ResealMessage>;
  readonly EVENTS: Queue<DeliveryMessage>;
  /** Events that `EVENT_ROUTES` sends there, as CloudEvents; whoever wants them attaches a consumer. */
  readonly ROUTED_EVENTS: Queue<unknown>;
  readonly ANALYTICS: AnalyticsEngineDataset;
  readonly DEAD_LETTERS: Queue<DeadLetter>;
  readonly DIRECTORY: D1Database;
  readonly ENVIRONMENT: string;
  /** Keys of `JWT_ISSUER`, inline; empty: from `JWT_JWKS_URL`. */
  readonly JWT_JWKS: string;
  readonly JWT_JWKS_URL: string;
  readonly JWT_ISSUER: string;
  readonly JWT_AUDIENCE: string;
  /** Further issuers as a JSON list of `{issuer, jwks | jwks_url, tenants?}`; empty: none. */
  readonly JWT_ISSUERS: string;
  /** Cloudflare Access before the operator plane: JSON `{issuer, audience, jwks?}`; empty: none. */
  readonly ACCESS: string;
  readonly LEASE_SECONDS: string;
  /** Bytes of a file that a job reads between two checkpoints, and after how many it is handed to another invocation. */
  readonly CHECKPOINT_BYTES: string;
  readonly HAND_OVER_BYTES: string;
  readonly JOB_TTL_SECONDS: string;
  readonly IDEMPOTENCY_COMPAT: string;
  /** How long an entry of the log waits at most for others to be archived with. */
  readonly ARCHIVE_SECONDS: string;
  /** Entries of a tenant's log that a sink may be behind before the tenant's commands are put off. */
  readonly BACKLOG_ENTRIES: string;
  /** Seconds before each attempt of a webhook, the first included, separated by commas. */
  readonly WEBHOOK_SCHEDULE_SECONDS: string;
  /** An operator's own sinks for events of chosen tenants, as a JSON list (README, Routes); empty: none. */
  readonly EVENT_ROUTES: string;
  /** How long after a delivery its endpoint is told what it should have by now. */
  readonly WEBHOOK_HEARTBEAT_SECONDS: string;
  /** Empty: errors are logged only. */
  readonly SENTRY_DSN: string;
  readonly LINK_SIGNING_KEY: string;
  /** Root of the MACs over API keys and messages; a list separated by commas, newest first. */
  readonly MAC_KEY: string;
  /** Wraps tenants' keys; a list separated by commas, newest first. */
  readonly ROOT_KEY: string;
  /** A KMS that wraps in the root key's place, as JSON; it holds credentials, so it is a secret. */
  readonly KMS?: string;
  /** Seeds of the Ed25519 keys that sign what outsiders verify; a list separated by commas, newest first. */
  readonly SIGNING_KEY: string;
  /** Public half of the offline recovery key, as JWK; empty: no escrow. */
  readonly RECOVERY_KEY: string;
}

/** What `Actual` must have at least. */
type Provides<Actual extends { [K in keyof Wanted]: unknown }, Wanted> = Actual;
/**
 * Fails to compile when wrangler.toml stops providing what the code asks for.
 * @public
 */
export type WranglerProvidesEnv = Provides<Cloudflare.Env, Env>;

/** MAC keys in force, newest first: the first signs. */
type MacKeys = readonly [Uint8Array, ...Uint8Array[]];

export interface Config {
  /** Part of every API key, so that a key of one environment is none in another. */
  readonly environment: string;
  readonly jwt: {
    readonly jwks: string;
    readonly jwksUrl: string;
    readonly issuer: string;
    readonly audience: string;
    readonly issuers: string;
  };
  readonly access: string;
  readonly leaseMs: number;
  readonly checkpointBytes: number;
  readonly handOverBytes: number;
  readonly jobTtlMs: number;
  readonly backlogMax: number;
  readonly archiveMs: number;
  readonly idempotencyCompat: "canonicalise" | "reject";
  readonly webhooks: {
    readonly schedule: WebhookSchedule;
    readonly heartbeatMs: number;
    readonly routes: readonly EventRoute[];
  };
  readonly linkSigningKey: Uint8Array;
  readonly apiKeyMacKeys: MacKeys;
  readonly messageKeys: MacKeys;
  /** Of what idempotent calls were first used with: payloads are guessable, and digests of them are kept. */
  readonly payloadKeys: MacKeys;
  readonly signingKey: string;
  readonly custody: {
    readonly rootKey: string;
    readonly kms: string;
    readonly recoveryKey: string;
  };
  /** Whether we call http on this machine, be it a KMS or a tenant's webhook: for development only. */
  readonly allowLoopback: boolean;
  readonly sentry: { readonly dsn: string; readonly environment: string };
}

const configs = new WeakMap<Env, Config>();

/** The parsed configuration. A missing or malformed variable stops the first request with its name. */
export function readConfig(env: Env): Config {
  const known = configs.get(env);
  if (known) return known;
  const allowLoopback = env.ENVIRONMENT === "development" || env.ENVIRONMENT === "test";
  const config: Config = {
    environment: environmentName(env.ENVIRONMENT),
    jwt: {
      jwks: env.JWT_JWKS,
      jwksUrl: env.JWT_JWKS_URL,
      issuer: env.JWT_ISSUER,
      audience: env.JWT_AUDIENCE,
      issuers: env.JWT_ISSUERS,
    },
    access: env.ACCESS,
    leaseMs: seconds("LEASE_SECONDS", env.LEASE_SECONDS) * 1000,
    checkpointBytes: positive("CHECKPOINT_BYTES", env.CHECKPOINT_BYTES, "number of bytes"),
    handOverBytes: positive("HAND_OVER_BYTES", env.HAND_OVER_BYTES, "number of bytes"),
    jobTtlMs: seconds("JOB_TTL_SECONDS", env.JOB_TTL_SECONDS) * 1000,
    backlogMax: positive("BACKLOG_ENTRIES", env.BACKLOG_ENTRIES, "number of entries"),
    archiveMs: seconds("ARCHIVE_SECONDS", env.ARCHIVE_SECONDS) * 1000,
    idempotencyCompat: env.IDEMPOTENCY_COMPAT === "reject" ? "reject" : "canonicalise",
    webhooks: {
      schedule: orThrow(parseWebhookSchedule(env.WEBHOOK_SCHEDULE_SECONDS)),
      routes: orThrow(parseEventRoutes(env.EVENT_ROUTES, { allowLoopback })),
      heartbeatMs: seconds("WEBHOOK_HEARTBEAT_SECONDS", env.WEBHOOK_HEARTBEAT_SECONDS) * 1000,
    },
    linkSigningKey: signingKey(env.LINK_SIGNING_KEY),
    apiKeyMacKeys: macKeys(env.MAC_KEY, "api-key"),
    messageKeys: macKeys(env.MAC_KEY, "message-context"),
    payloadKeys: macKeys(env.MAC_KEY, "idempotent-payload"),
    signingKey: env.SIGNING_KEY,
    custody: {
      rootKey: env.ROOT_KEY,
      kms: env.KMS ?? "",
      recoveryKey: env.RECOVERY_KEY,
    },
    allowLoopback,
    sentry: { dsn: env.SENTRY_DSN, environment: env.ENVIRONMENT },
  };
  configs.set(env, config);
  return config;
}

function environmentName(text: string): string {
  if (/^[a-z0-9]{1,16}$/.test(text)) return text;
  throw new Error("Configuration ENVIRONMENT must be 1 to 16 of a-z and 0-9.");
}

function orThrow<T>(parsed: Result<T, string>): T {
  if (parsed.ok) return parsed.value;
  throw new Error(parsed.error);
}

const seconds = (name: string, text: string): number => positive(name, text, "number of seconds");

function positive(name: string, text: string, what: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0)
    throw new Error(`Configuration ${name} must be a positive ${what}.`);
  return value;
}

function signingKey(text: string | undefined): Uint8Array {
  const bytes = Buffer.from(text ?? "", "base64url");
  if (bytes.length < 32)
    throw new Error("Configuration LINK_SIGNING_KEY must be at least 32 bytes in base64url.");
  return bytes;
}
