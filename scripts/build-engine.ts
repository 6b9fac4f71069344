import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { runCommand } from "./command-line.ts";

const ROOT = join(import.meta.dirname, "..");
const ENGINE = join(ROOT, "engine");
const CATALOGUE = join(ROOT, "src/catalogue");

/** What the package offers, by the names of its `exports`. */
const ENTRIES = {
  compile: "profile/compile.ts",
  profile: "profile/profile.ts",
  profiles: "profiles/index.ts",
  run: "run/run.ts",
  "run-inline": "run/run-inline.ts",
};

/** The engine's own sources as a package for Node and the browser: modules that share their chunks, and their types. */
await runCommand("usage: npm run build:engine", async () => {
  rmSync(join(ENGINE, "dist"), { recursive: true, force: true });
  await build({
    entryPoints: Object.fromEntries(
      Object.entries(ENTRIES).map(([name, file]) => [name, join(CATALOGUE, file)]),
    ),
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2022",
    outdir: join(ENGINE, "dist"),
    logLevel: "warning",
  });
  execFileSync(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", ENGINE], {
    stdio: "inherit",
  });
});
