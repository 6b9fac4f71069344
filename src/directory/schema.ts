/** The control database: which tenants there are and where they live. Not on the way of a tenant's request. */

import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { TIERS, type Overrides } from "../domain/tier";
import type { ShardName } from "../shards/shard-router";

const DIRECTORY_STATUSES = ["provisioning", "active", "suspended"] as const;

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
