/** The control database: which tenants there are and where they live. Not on the way of a tenant's request. */

import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { TIERS, type Overrides } from "../domain/tier";
import type { ShardName } from "../shards/shard-router";
import type { PlatformAuditType } from "./platform-audit";

const DIRECTORY_STATUSES = ["provisioning", "active", "suspended", "offboarded"] as const;

export const partitions = sqliteTable("partitions", {
  partition: integer("partition").primaryKey(),
  shard: text("shard").$type<ShardName>().notNull(),
});

export const tenants = sqliteTable("tenants", {
  tenantId: text("tenant_id").primaryKey(),
  name: text("name").notNull(),
  tier: text("tier", { enum: TIERS }).notNull(),
  status: text("status", { enum: DIRECTORY_STATUSES }).notNull(),
  overrides: text("overrides", { mode: "json" }).$type<Overrides>().notNull(),
  /** Given once, when the tenant's object is made. */
  locationHint: text("location_hint"),
  partition: integer("partition").notNull(),
  shard: text("shard").$type<ShardName>().notNull(),
  createdAtMs: integer("created_at_ms").notNull(),
  updatedAtMs: integer("updated_at_ms").notNull(),
});

/** Tenants' own keys, as the last sweep found them. */
export const tenantKeys = sqliteTable(
  "tenant_keys",
  {
    tenantId: text("tenant_id").primaryKey(),
    version: integer("version").notNull(),
    /** When the next version is due. */
    dueAtMs: integer("due_at_ms").notNull(),
    seenAtMs: integer("seen_at_ms").notNull(),
  },
  (t) => [index("tenant_keys_by_due").on(t.dueAtMs)],
);

/** What operators and the platform did that belongs to no tenant's own log; ids rise with time. */
export const platformAudit = sqliteTable("platform_audit", {
  id: text("id").primaryKey(),
  timeMs: integer("time_ms").notNull(),
  type: text("type").$type<PlatformAuditType>().notNull(),
  actorId: text("actor_id").notNull(),
  subject: text("subject").notNull(),
  requestId: text("request_id"),
  data: text("data", { mode: "json" }).$type<Readonly<Record<string, unknown>>>().notNull(),
});

/** Messages that nobody acted on, as text. */
export const deadLetters = sqliteTable("dead_letters", {
  id: text("id").primaryKey(),
  queue: text("queue").notNull(),
  reason: text("reason").notNull(),
  body: text("body").notNull(),
  timeMs: integer("time_ms").notNull(),
});

/** Operator tokens that were taken back before they expired. */
export const revokedTokens = sqliteTable("revoked_tokens", {
  tokenId: text("token_id").primaryKey(),
  timeMs: integer("time_ms").notNull(),
  /** Null: kept for good. */
  expiresAtMs: integer("expires_at_ms"),
});
