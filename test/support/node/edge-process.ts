import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const ROOT = join(import.meta.dirname, "../../..");
const READY_WITHIN_MS = 60_000;
const POLL_MS = 20;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A command of the project in a process group of its own, with all that it printed. */
export class CommandProcess {
  stdout = "";
  stderr = "";
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;

  constructor(file: string, args: readonly string[]) {
    // The runner's own variables would make a nested command report to it.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    this.#child = spawn(file, args, { cwd: ROOT, detached: true, stdio: ["ignore", "pipe", "pipe"], env });
    this.#child.stdout?.on("data", (chunk) => (this.stdout += String(chunk)));
    this.#child.stderr?.on("data", (chunk) => (this.stderr += String(chunk)));
    this.ended = once(this.#child, "close").then(([code, signal]) => ({ code, signal }) as Ended);
  }

  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error("The command did not start.");
    return pid;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** As a terminal's Ctrl-C does: every process of the group gets the signal. */
  killGroup(signal: NodeJS.Signals): void {
    process.kill(-this.pid, signal);
  }

  /** The address of the line `ready http://...`. */
  async ready(): Promise<string> {
    return until("the edge to be ready", READY_WITHIN_MS, async () => {
      const url = /^ready (http:\/\/127\.0\.0\.1:\d+)$/m.exec(this.stdout)?.[1];
      if (!url && (await this.#hasEnded())) throw new Error(`The edge ended at its start:\n${this.stderr}`);
      return url;
    });
  }

  async #hasEnded(): Promise<boolean> {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}

/** `npm start`, or the same command without npm between. */
export function start(via: "npm" | "node", stateDir: string, ...args: string[]): CommandProcess {
  const options = ["--port", "0", "--state", stateDir, ...args];
  return via === "npm"
    ? new CommandProcess("npm", ["start", "--", ...options])
    : new CommandProcess(process.execPath, ["scripts/start.ts", ...options]);
}

/** Runs a command to its end. */
export async function run(file: string, ...args: string[]) {
  const command = new CommandProcess(file, args);
  const ended = await command.ended;
  return { ...ended, stdout: command.stdout, stderr: command.stderr };
}

/** The processes that serve from a state folder: the launcher and its runtime. */
export function serversOf(stateDir: string): { readonly launcher: number; readonly runtime: number } {
  const pid = (file: string) => Number(readFileSync(join(stateDir, file), "utf8"));
  return { launcher: pid("lock.pid"), runtime: pid("runtime.pid") };
}

/** A zombie still has its number, but runs nothing. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch (error) {
    return (
      error instanceof Error && "code" in error && error.code === "ENOENT" && process.platform !== "linux"
    );
  }
}

export async function refuses(url: string): Promise<boolean> {
  try {
    await fetch(`${url}/health`, { headers: { connection: "close" } });
    return false;
  } catch {
    return true;
  }
}

/** Asks until there is an answer, and fails after the time given. */
export async function until<T>(
  what: string,
  withinMs: number,
  ask: () => Promise<T | undefined | false>,
): Promise<T> {
  for (const end = Date.now() + withinMs; Date.now() < end; await delay(POLL_MS)) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
  }
  throw new Error(`Waited ${withinMs} ms in vain for ${what}.`);
}

/** A fresh state folder, removed at the end with whatever still serves from it. */
export function temporaryState(): { readonly dir: string; remove(): void } {
  const dir = mkdtempSync(join(tmpdir(), "validahub-test-"));
  return {
    dir,
    remove() {
      try {
        const { launcher, runtime } = serversOf(dir);
        for (const pid of [launcher, runtime]) if (isRunning(pid)) process.kill(pid, "SIGKILL");
      } catch {
        // Nothing was started, or it has taken its files away.
      }
      rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
