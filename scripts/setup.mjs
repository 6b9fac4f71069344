// Installs what package-lock.json says, when node_modules is missing or stale.
// Plain JavaScript for Node 20 with nothing installed; silent when there is nothing to do, and never a word on stdout.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const LOCK_WAIT_MS = 10 * 60_000;
const OPTIONS = ["--include=dev", "--no-audit", "--no-fund", "--loglevel=error"];

const root = fileURLToPath(new URL("..", import.meta.url));
const stampFile = join(root, "node_modules/.validahub-setup");
const node = join(root, "node_modules/.bin/node");

class SetupFailed extends Error {}

try {
  if (!isCurrent()) await setUp();
} catch (error) {
  process.stderr.write(`${error instanceof SetupFailed ? error.message : error.stack}\n`);
  process.exitCode = 1;
}

async function setUp() {
  const release = await takeLock();
  try {
    if (isCurrent()) return;
    if (!isTreeOfLockfile() || !nodeRuns()) install();
    writeFileSync(stampFile, wanted());
  } finally {
    release();
  }
}

function isCurrent() {
  return read(stampFile) === wanted() && nodeRuns();
}

function wanted() {
  const { allowScripts = {} } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .update(JSON.stringify([allowScripts, process.platform, process.arch]))
    .digest("hex");
}

function nodeRuns() {
  return spawnSync(node, ["--version"], { stdio: "ignore" }).status === 0;
}

/** An install made by hand counts: npm writes down what it has put into node_modules. */
function isTreeOfLockfile() {
  const installed = packagesOf("node_modules/.package-lock.json");
  const locked = packagesOf("package-lock.json");
  if (!installed || !locked) return false;
  const isLocked = ([path, { version }]) => locked[path]?.version === version;
  const isPresent = ([path, { optional }]) => path === "" || optional === true || path in installed;
  return Object.entries(installed).every(isLocked) && Object.entries(locked).every(isPresent);
}

function packagesOf(file) {
  const text = read(join(root, file));
  return text === undefined ? undefined : JSON.parse(text).packages;
}

function install() {
  process.stderr.write("Installing dependencies from package-lock.json (about half a minute)...\n");
  const clean = npm("ci");
  if (clean.status === 0 && nodeRuns()) return;
  // `npm ci` refuses a lockfile that lacks other platforms' optional packages; `npm install` takes the same versions.
  const lenient = npm("install", "--no-save");
  if (lenient.status === 0 && nodeRuns()) return;
  throw new SetupFailed(`${clean.output}\n${lenient.output}\nThe dependencies could not be installed.`);
}

function npm(...command) {
  const client = process.env["npm_execpath"];
  const [file, first] = client?.endsWith(".js") ? [process.execPath, [client]] : ["npm", []];
  const { status, stdout, stderr, error } = spawnSync(file, [...first, ...command, ...OPTIONS], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    // Set by `npm run --silent`, it would hide the reason of a failure.
    env: { ...process.env, npm_config_loglevel: "error" },
  });
  return { status, output: error ? String(error) : `${stdout}${stderr}`.trim() };
}

/** Outside node_modules, because an install empties that. A lock whose owner is gone is taken over. */
async function takeLock() {
  const name = createHash("sha256").update(root).digest("hex").slice(0, 16);
  const folder = join(tmpdir(), "validahub-setup");
  const lock = join(folder, `${name}.lock`);
  const mine = join(folder, `${name}.${process.pid}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(mine, String(process.pid));
  try {
    for (const until = Date.now() + LOCK_WAIT_MS; Date.now() < until; await delay(200)) {
      try {
        linkSync(mine, lock);
        return () => rmSync(lock, { force: true });
      } catch (error) {
        if (error.code !== "EEXIST") throw error;
      }
      const owner = read(lock);
      if (owner !== undefined && !isAlive(Number(owner))) takeAway(lock, owner, `${mine}.stale`);
    }
  } finally {
    rmSync(mine, { force: true });
  }
  throw new SetupFailed(`Another set-up of this project is still running (its lock is ${lock}).`);
}

/** Renaming first shows whose lock it was: one that another process took meanwhile is put back. */
function takeAway(lock, owner, aside) {
  try {
    renameSync(lock, aside);
    if (read(aside) !== owner) linkSync(aside, lock);
  } catch (error) {
    if (error.code !== "ENOENT" && error.code !== "EEXIST") throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
