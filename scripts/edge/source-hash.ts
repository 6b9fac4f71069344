import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";

/** Everything a bundle is made from; packages by way of the lockfile. */
const SOURCES = [
  "src",
  "durable-objects",
  "wrangler.toml",
  "package-lock.json",
  "package.json",
  "tsconfig.json",
];

/** Raise it when what a build keeps changes its shape. */
const BUILD_FORMAT = "1";

export function sourceHash(projectRoot: string): string {
  const hash = createHash("sha256").update(BUILD_FORMAT);
  for (const file of sourceFiles(projectRoot)) {
    const contents = readFileSync(join(projectRoot, file));
    hash.update(`${file}\0${contents.length}\0`).update(contents);
  }
  return hash.digest("hex").slice(0, 32);
}

/** Is a change of this file (relative to the project) seen by `sourceHash`? */
export function isHashed(file: string): boolean {
  return SOURCES.includes(file) || SOURCES.some((source) => file.startsWith(`${source}/`));
}

function sourceFiles(projectRoot: string): string[] {
  return readdirSync(projectRoot, { withFileTypes: true })
    .filter((entry) => SOURCES.includes(entry.name))
    .flatMap((entry) => (entry.isDirectory() ? filesBelow(projectRoot, entry.name) : [entry.name]))
    .sort();
}

function filesBelow(projectRoot: string, folder: string): string[] {
  return readdirSync(join(projectRoot, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(projectRoot.length + 1)
        .replaceAll(sep, "/"),
    );
}
