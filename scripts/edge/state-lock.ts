import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const WAIT_MS = 1_500; // A launcher that is just ending, or was just killed, gets this long to be gone.

/** The state folder belongs to a running edge: two runtimes would commit to the same objects in turn. */
export class StateInUse extends Error {
  override readonly name = "StateInUse";
}

/**
 * Holds a state folder until released or until this process ends, however it ends: the operating system gives
 * SQLite's exclusive lock back, so nothing can be left stale.
 */
export function lockState(stateDir: string): { release(): void } {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const holderFile = join(stateDir, "lock.pid");
  const database = new DatabaseSync(join(stateDir, "lock"));
  try {
    database.exec(`PRAGMA busy_timeout = ${WAIT_MS}`);
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (!(error instanceof Error) || !error.message.includes("locked")) throw error;
    throw new StateInUse(
      `The state folder ${stateDir} is in use by a running edge (process ${holder(holderFile)}). ` +
        `Stop it, or give another folder with --state.`,
      { cause: error },
    );
  }
  writeFileSync(holderFile, String(process.pid));
  return { release: () => database.close() };
}

function holder(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return "unknown";
  }
}
