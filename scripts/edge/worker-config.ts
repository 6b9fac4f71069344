import { join } from "node:path";
import type { SourcelessWorkerOptions } from "wrangler";
import { OFFLINE_ENVIRONMENT } from "./offline.ts";

/** What wrangler.toml says about the Worker. Plain data, so that a build keeps it. */
export interface WorkerConfig {
  readonly options: SourcelessWorkerOptions;
  readonly vars: Readonly<Record<string, string>>;
  readonly databases: readonly { readonly binding: string; readonly migrationsDir: string }[];
  readonly crons: readonly string[];
  readonly secrets: readonly string[];
}

/** The members read here; wrangler's own type comes from a package that it does not ship. */
interface WranglerConfig {
  readonly vars: Readonly<Record<string, unknown>>;
  readonly d1_databases: readonly { readonly binding: string; readonly migrations_dir?: string }[];
  readonly triggers: { readonly crons?: readonly string[] };
  readonly secrets?: { readonly required?: readonly string[] };
}

export async function readWorkerConfig(projectRoot: string): Promise<WorkerConfig> {
  Object.assign(process.env, OFFLINE_ENVIRONMENT);
  const wrangler = await import("wrangler"); // Takes a second to load: only a build pays for it.
  const config = wrangler.unstable_readConfig({ config: join(projectRoot, "wrangler.toml") });
  const { vars, d1_databases, triggers, secrets }: WranglerConfig = config;
  return {
    options: wrangler.unstable_getMiniflareWorkerOptions(config).workerOptions,
    // The variables of wrangler.toml alone: a developer's .dev.vars belong to `wrangler dev`.
    vars: Object.fromEntries(Object.entries(vars).map(([name, value]) => [name, String(value)])),
    databases: d1_databases.flatMap(({ binding, migrations_dir: migrationsDir }) =>
      migrationsDir ? [{ binding, migrationsDir }] : [],
    ),
    crons: triggers.crons ?? [],
    secrets: secrets?.required ?? [],
  };
}
