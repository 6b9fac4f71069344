/** What a tenant may do, by tier (CONTRACT §6), and an operator's exceptions for one tenant. */

export const TIERS = ["basic", "premium", "enterprise"] as const;
export type Tier = (typeof TIERS)[number];

export interface Limits {
  /** Requests: a true token bucket. */
  readonly rate: { readonly sustained: number; readonly burst: number };
  readonly runningJobs: number;
  /** null: unlimited. */
  readonly rowsPerDay: number | null;
  readonly storageBytes: number;
  readonly fileBytes: number;
  readonly signedUrlSeconds: number;
}

const DAY_MS = 86_400_000;

/** How old a tenant's key becomes before another takes its place. */
export const KEY_LIFE_MS: Readonly<Record<Tier, number>> = {
  basic: 365 * DAY_MS,
  premium: 90 * DAY_MS,
  enterprise: 30 * DAY_MS,
};

/** How long a tenant's events can be asked of its shard, and how long its audit entries and its archive are kept. */
export interface Retention {
  readonly logMs: number;
  readonly auditMs: number;
}

export const RETENTION: Readonly<Record<Tier, Retention>> = {
  basic: { logMs: 30 * DAY_MS, auditMs: 365 * DAY_MS },
  premium: { logMs: 90 * DAY_MS, auditMs: 3 * 365 * DAY_MS },
  enterprise: { logMs: 365 * DAY_MS, auditMs: 7 * 365 * DAY_MS },
};

/** An operator's exceptions for one tenant; from `expiresAtMs` on the tier's own values count again. */
export type Overrides = Partial<Limits> & { readonly expiresAtMs?: number };

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

const TIER_LIMITS = {
  basic: {
    rate: { sustained: 10, burst: 20 },
    runningJobs: 2,
    rowsPerDay: 1_000_000,
    storageBytes: GiB,
    fileBytes: 50 * MiB,
    signedUrlSeconds: 300,
  },
  premium: {
    rate: { sustained: 50, burst: 150 },
    runningJobs: 8,
    rowsPerDay: 20_000_000,
    storageBytes: 50 * GiB,
    fileBytes: GiB,
    signedUrlSeconds: 900,
  },
  enterprise: {
    rate: { sustained: 300, burst: 600 },
    runningJobs: 32,
    rowsPerDay: null,
    storageBytes: 1024 * GiB,
    fileBytes: 5 * GiB,
    signedUrlSeconds: 3600,
  },
} as const satisfies Record<Tier, Limits>;

/** The limits in force at `nowMs`. */
export function limitsOf(tier: Tier, overrides: Overrides, nowMs: number): Limits {
  const { expiresAtMs, ...values } = overrides;
  if (expiresAtMs !== undefined && expiresAtMs <= nowMs) return TIER_LIMITS[tier];
  return { ...TIER_LIMITS[tier], ...values };
}
