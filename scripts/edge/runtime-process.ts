import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const POLL_MS = 20;
const GONE_WITHIN_MS = 5_000;

/** workerd, run through a wrapper that ends it with this process, even when this process is killed. */
export const RUNTIME_WRAPPER = fileURLToPath(new URL("./workerd.sh", import.meta.url));

/** What the wrapper is told. Per state folder, because one process may run several edges. */
export function runtimeEnvironment(stateDir: string): Record<string, string> {
  const miniflare = createRequire(import.meta.url).resolve("miniflare");
  const { default: binary } = createRequire(miniflare)("workerd") as { default: string };
  return {
    EDGE_RUNTIME: binary,
    EDGE_RUNTIME_PID_FILE: pidFile(stateDir),
    EDGE_LAUNCHER_PID: String(process.pid),
    FORCE_COLOR: "0",
  };
}

/**
 * Ends a runtime left on this state folder by a launcher that was killed, and returns once it is gone.
 * A process that merely got the same number since is not ours: our wrapper's variable tells.
 */
export async function endLeftRuntime(stateDir: string): Promise<void> {
  const pid = recordedPid(stateDir);
  if (pid !== undefined && isOurs(pid, stateDir)) {
    process.kill(pid, "SIGKILL");
    for (const until = Date.now() + GONE_WITHIN_MS; isOurs(pid, stateDir); await delay(POLL_MS)) {
      if (Date.now() > until)
        throw new Error(`The runtime of an earlier start (process ${pid}) does not end.`);
    }
  }
  rmSync(pidFile(stateDir), { force: true });
}

const pidFile = (stateDir: string) => join(stateDir, "runtime.pid");

function recordedPid(stateDir: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(pidFile(stateDir), "utf8"), 10) || undefined;
  } catch {
    return undefined;
  }
}

function isOurs(pid: number, stateDir: string): boolean {
  return environmentOf(pid).includes(`EDGE_RUNTIME_PID_FILE=${pidFile(stateDir)}`);
}

function environmentOf(pid: number): string {
  if (!existsSync("/proc/self/environ")) {
    return spawnSync("ps", ["-Eww", "-o", "command=", "-p", String(pid)], { encoding: "utf8" }).stdout ?? "";
  }
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch {
    return "";
  }
}
