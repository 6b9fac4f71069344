import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { extname, isAbsolute, join } from "node:path";
import { promisify } from "node:util";
import { OFFLINE_ENVIRONMENT } from "./offline.ts";
import { isHashed, sourceHash } from "./source-hash.ts";
import { readWorkerConfig, type WorkerConfig } from "./worker-config.ts";

const ENTRY_MODULE = "index.js";
const BUILDS_KEPT = 4;
const BUILD_TIMEOUT_MS = 120_000;
type ModuleType = "ESModule" | "CompiledWasm" | "Text" | "Data";
const MODULE_TYPES: Readonly<Record<string, ModuleType>> = {
  ".js": "ESModule",
  ".mjs": "ESModule",
  ".wasm": "CompiledWasm",
  ".txt": "Text",
  ".html": "Text",
  ".sql": "Text",
  ".bin": "Data",
};

/** The bundled Worker and what wrangler.toml says about it: all that a start needs, without loading wrangler. */
export interface WorkerBuild {
  readonly folder: string;
  readonly modules: readonly { readonly type: ModuleType; readonly path: string }[];
  readonly config: WorkerConfig;
}

export class BuildFailed extends Error {
  override readonly name = "BuildFailed";
}

/** The build of the sources as they are now, from the cache when they were built before. */
export async function buildWorker(
  projectRoot: string,
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<WorkerBuild> {
  const cache = join(projectRoot, "node_modules/.cache/validahub-edge");
  const folder = join(cache, sourceHash(projectRoot));
  if (!existsSync(folder)) {
    log("building the Worker");
    mkdirSync(cache, { recursive: true });
    const draft = `${folder}.${process.pid}`;
    rmSync(draft, { recursive: true, force: true });
    try {
      await bundle(projectRoot, draft, signal);
      const modules = modulesIn(join(draft, "worker"));
      const config = await readWorkerConfig(projectRoot);
      writeFileSync(join(draft, "build.json"), JSON.stringify({ modules, config }));
      publish(draft, folder);
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
    dropOldBuilds(cache);
  }
  return { ...(JSON.parse(readFileSync(join(folder, "build.json"), "utf8")) as WorkerBuild), folder };
}

/** wrangler's own bundling, as for a deployment. */
async function bundle(projectRoot: string, draft: string, signal?: AbortSignal): Promise<void> {
  const wrangler = createRequire(import.meta.url).resolve("wrangler");
  const metafile = join(draft, "meta.json");
  const outputs = ["--outdir", join(draft, "worker"), "--metafile", metafile];
  try {
    await promisify(execFile)(process.execPath, [wrangler, "deploy", "--dry-run", ...outputs], {
      cwd: projectRoot,
      env: { ...process.env, ...OFFLINE_ENVIRONMENT, FORCE_COLOR: "0" },
      timeout: BUILD_TIMEOUT_MS,
      ...(signal && { signal }),
      maxBuffer: 16 * 1024 * 1024,
    });
  } catch (error) {
    throw new BuildFailed(`The Worker could not be built:\n${outputOf(error)}`, { cause: error });
  }
  const { inputs } = JSON.parse(readFileSync(metafile, "utf8")) as { inputs: Record<string, unknown> };
  const unseen = Object.keys(inputs).filter((input) => isProjectFile(projectRoot, input) && !isHashed(input));
  if (unseen.length > 0) {
    throw new BuildFailed(
      `Changes of ${unseen.join(", ")} would not be noticed: add to edge/source-hash.ts.`,
    );
  }
}

function isProjectFile(projectRoot: string, input: string): boolean {
  const isPackage = input.split("/").includes("node_modules") || input.startsWith("..") || isAbsolute(input);
  return !isPackage && existsSync(join(projectRoot, input));
}

function outputOf(error: unknown): string {
  const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
  return `${stdout}${stderr}`.trim() || String(error);
}

/** The entry module first, then what the bundler left beside it. */
function modulesIn(folder: string): WorkerBuild["modules"] {
  return readdirSync(folder)
    .flatMap((path) => {
      const type = MODULE_TYPES[extname(path)];
      return type ? [{ type, path }] : [];
    })
    .sort((a, b) => Number(b.path === ENTRY_MODULE) - Number(a.path === ENTRY_MODULE));
}

/** A concurrent build of the same sources may have been first, and is as good. */
function publish(draft: string, folder: string): void {
  try {
    renameSync(draft, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

function dropOldBuilds(cache: string): void {
  const byAge = readdirSync(cache)
    .map((name) => ({ path: join(cache, name), at: statSync(join(cache, name)).mtimeMs }))
    .sort((a, b) => b.at - a.at);
  for (const { path } of byAge.slice(BUILDS_KEPT)) rmSync(path, { recursive: true, force: true });
}
