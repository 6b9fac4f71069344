import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Miniflare, MiniflareOptions } from "miniflare";
import { migrateUp } from "../migrations/migrate.ts";
import { readMigrations } from "../migrations/migration-files.ts";
import { startCron } from "./cron.ts";
import { d1Target } from "./d1-target.ts";
import { secret, tokenSigningKey } from "./dev-keys.ts";
import { OFFLINE_ENVIRONMENT } from "./offline.ts";
import { endLeftRuntime, RUNTIME_WRAPPER, runtimeEnvironment } from "./runtime-process.ts";
import { lockState } from "./state-lock.ts";
import { buildWorker, type WorkerBuild } from "./worker-build.ts";
import type { WorkerConfig } from "./worker-config.ts";

const HOST = "127.0.0.1";
const READY_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 4_000;
const POLL_MS = 25;

export interface EdgeOptions {
  /** 0 takes a free port. */
  readonly port?: number;
  /** Everything that outlives the process: objects, databases, files and the development keys. */
  readonly stateDir: string;
  /** Replace variables and secrets of the Worker, by name. */
  readonly vars?: Readonly<Record<string, string>>;
  readonly projectRoot?: string;
  /** Gives up a start under way, and ends the edge. With it, ending on SIGINT and SIGTERM is the caller's business. */
  readonly signal?: AbortSignal;
  /** What the launcher has to say, a line at a time; standard error unless given. */
  readonly log?: (line: string) => void;
  /** What the Worker writes with `console`; standard error unless given. */
  readonly workerLog?: (line: string) => void;
}

export interface Edge {
  readonly url: string;
  /** Ends the edge and everything it started. May be called more than once. */
  stop(): Promise<void>;
}

/** Serves the Worker of wrangler.toml on this machine. Resolves once it answers, its databases migrated. */
export async function startEdge(options: EdgeOptions): Promise<Edge> {
  const log = options.log ?? toStandardError;
  const projectRoot = resolve(options.projectRoot ?? fileURLToPath(new URL("../..", import.meta.url)));
  const stateDir = resolve(options.stateDir);
  const lock = lockState(stateDir);
  const undo = [async () => lock.release()];
  const stop = once(async () => {
    for (const step of undo.toReversed()) await step();
  });
  const { signal } = options;
  try {
    await endLeftRuntime(stateDir);
    undo.push(() => endLeftRuntime(stateDir));
    const build = await buildWorker(projectRoot, log, signal);
    const vars = { ...(await developmentVars(stateDir, build.config)), ...options.vars };

    const miniflare = await runWorker(build, vars, stateDir, options);
    undo.push(() => disposed(miniflare));
    const { origin } = await direct(miniflare, options.port ?? 0);
    signal?.throwIfAborted();
    await migrate(miniflare, build.config, projectRoot, log);
    await answers(origin, signal);

    const cron = startCron({
      crons: build.config.crons,
      // A fresh stub each time: one does not live on when Miniflare restarts a crashed runtime.
      run: async (cron, atMs) =>
        (await miniflare.getWorker()).scheduled({ cron, scheduledTime: new Date(atMs) }),
      log,
    });
    undo.push(async () => cron.stop());
    signal?.addEventListener("abort", () => void stop(), { once: true });
    return { url: origin, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function developmentVars(stateDir: string, { secrets }: WorkerConfig): Promise<Record<string, string>> {
  const { publicKey } = await tokenSigningKey(stateDir);
  return {
    ENVIRONMENT: "development",
    JWT_JWKS: JSON.stringify({ keys: [publicKey] }),
    ...Object.fromEntries(secrets.map((name) => [name, secret(stateDir, name)])),
  };
}

async function runWorker(
  build: WorkerBuild,
  vars: Record<string, string>,
  stateDir: string,
  { port = 0, workerLog = toStandardError, signal }: EdgeOptions,
): Promise<Miniflare> {
  Object.assign(process.env, OFFLINE_ENVIRONMENT, { MINIFLARE_WORKERD_PATH: RUNTIME_WRAPPER });
  const { convertV4MiniflareOptions, Miniflare } = await import("miniflare");
  const modulesRoot = join(build.folder, "worker");
  const converted: MiniflareOptions = convertV4MiniflareOptions({
    workers: [
      {
        ...build.config.options,
        name: "edge",
        modules: build.modules.map(({ type, path }) => ({ type, path: join(modulesRoot, path) })),
        modulesRoot,
        bindings: { ...build.config.vars, ...vars },
        unsafeDirectSockets: [{ host: HOST, port }],
      },
    ],
    host: HOST,
    port: 0,
    cf: false,
    telemetry: { enabled: false },
    resourcePersistencePath: join(stateDir, "storage"),
    unsafeRuntimeEnv: runtimeEnvironment(stateDir),
    handleStructuredLogs: ({ message }) => workerLog(message),
  });
  const make = () => inTemporaryFolder(join(stateDir, "tmp"), () => new Miniflare(converted));
  return signal ? withoutSignalHandlers(make) : make();
}

/** Bounded, and never a failure: what is left of the runtime is ended by its process id afterwards. */
async function disposed(miniflare: Miniflare): Promise<void> {
  const disposal = miniflare.dispose().catch(() => undefined); // Repeats why a start failed.
  await Promise.race([disposal, delay(STOP_WITHIN_MS, undefined, { ref: false })]);
}

/** Miniflare takes its scratch folder when it is made. In the state folder a killed launcher leaves no litter. */
function inTemporaryFolder<T>(folder: string, make: () => T): T {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  try {
    return make();
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
}

/** Miniflare's own handlers exit at once, before the caller's clean end. */
function withoutSignalHandlers<T>(make: () => T): T {
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const before = new Set(names.flatMap((name) => process.listeners(name)));
  const made = make();
  for (const name of names) {
    const added = process.listeners(name).filter((listener) => !before.has(listener));
    for (const listener of added) process.removeListener(name, listener);
  }
  return made;
}

/** workerd's own socket: through Miniflare's entry a request costs four times as much. */
async function direct(miniflare: Miniflare, port: number): Promise<URL> {
  try {
    await miniflare.ready;
    return await miniflare.unsafeGetDirectURL();
  } catch (error) {
    if (!/in use|EADDRINUSE/i.test(String(error))) throw error;
    throw new Error(`Port ${port} is in use by another program; give another one with --port.`, {
      cause: error,
    });
  }
}

async function migrate(
  miniflare: Miniflare,
  { databases }: WorkerConfig,
  projectRoot: string,
  log: (line: string) => void,
): Promise<void> {
  for (const { binding, migrationsDir } of databases) {
    const folder = join(projectRoot, migrationsDir);
    if (!existsSync(folder)) continue;
    const target = d1Target(await miniflare.getD1Database(binding));
    const names = await migrateUp(target, readMigrations(folder), Date.now());
    if (names.length > 0) log(`migrated ${binding}: ${names.join(", ")}`);
  }
}

async function answers(origin: string, signal: AbortSignal | undefined): Promise<void> {
  let last = "no answer";
  for (const until = Date.now() + READY_WITHIN_MS; Date.now() < until; await delay(POLL_MS)) {
    signal?.throwIfAborted();
    try {
      const response = await fetch(`${origin}/health`, { headers: { connection: "close" } });
      const body = await response.text();
      if (response.ok) return;
      last = `${response.status} ${body}`;
    } catch (error) {
      last = String(error);
    }
  }
  throw new Error(`The edge does not get ready; GET /health last gave: ${last}`);
}

function toStandardError(line: string): void {
  process.stderr.write(`${line}\n`);
}

function once(run: () => Promise<void>): () => Promise<void> {
  let outcome: Promise<void> | undefined;
  return () => (outcome ??= run());
}
