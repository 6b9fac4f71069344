import { Hono } from "hono";
import { SHARD_NAMES } from "../../shards/shard-router";
import { readConfig, type Env } from "../../env";
import { readRecoveryKey } from "../../keys/escrow";
import { authenticatorOf } from "../authenticator";
import { log } from "../../telemetry/logger";
import type { AppEnv } from "../context";
import { openOperation } from "../operation";
import { signingKeys } from "../signing";
import { replyJson, setHeader } from "../reply";

const PROBE_TIMEOUT_MS = 2_000;
/** Held by nobody: `_` cannot begin a tenant id, and an object that was never provisioned stores nothing. */
const PROBE_OBJECT = "_ready/0";

type Probe = readonly [name: string, probe: () => Promise<unknown>];

/** `/health`: the Worker answers. `/ready`: everything it depends on answers as well. */
export const health = new Hono<AppEnv>()
  .get(
    "/health",
    openOperation("open", { id: "health", summary: "The Worker answers", success: { 200: "It does" } }),
    (c) => replyJson(c, { status: "ok" }),
  )
  .get(
    "/ready",
    openOperation("open", {
      id: "ready",
      summary: "Everything that the Worker depends on answers",
      success: { 200: "All of it does" },
      problems: ["temporarily_unavailable"],
    }),
    async (c) => {
      const results = await Promise.all(probesOf(c.env).map(outcome));
      const ready = results.every(([, result]) => result === "ok");
      if (!ready) setHeader(c, "Retry-After", "2");
      return replyJson(
        c,
        { status: ready ? "ok" : "unavailable", checks: Object.fromEntries(results) },
        ready ? 200 : 503,
      );
    },
  );

const probesOf = (env: Env): readonly Probe[] => [
  // Malformed settings stop every request that carries a credential: better to know before the first one.
  ["credentials", async () => authenticatorOf(readConfig(env))],
  ["directory", () => env.DIRECTORY.prepare("SELECT 1 FROM partitions LIMIT 1").first()],
  ...SHARD_NAMES.map((name): Probe => [
    name.toLowerCase(),
    () => env[name].prepare("SELECT 1 FROM sink_cursors LIMIT 1").first(),
  ]),
  ["files", () => env.FILES.head("_ready")],
  ["keys", () => env.KEYS.head("_ready")],
  ["signing_keys", () => signingKeys(env).publicKeys()],
  ["escrow", () => readRecoveryKey(readConfig(env).custody.recoveryKey)],
  ["jobs_standard", () => env.JOBS_STANDARD.metrics()],
  ["jobs_priority", () => env.JOBS_PRIORITY.metrics()],
  ["tenant_object", () => env.TENANTS.getByName(PROBE_OBJECT).probe()],
];

/** Says which dependency fails, not how: a stranger may ask. */
async function outcome([name, probe]: Probe): Promise<readonly [string, "ok" | "failed"]> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${name} did not answer.`)), PROBE_TIMEOUT_MS);
  });
  try {
    await Promise.race([probe(), timeout]);
    return [name, "ok"];
  } catch (error) {
    log.warn("readiness.failed", { dependency: name, error: String(error) });
    return [name, "failed"];
  } finally {
    clearTimeout(timer);
  }
}
