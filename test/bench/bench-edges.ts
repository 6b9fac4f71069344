import {
  closeSync,
  existsSync,
  fdatasyncSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Api } from "../../scripts/client/api.ts";
import { mintToken } from "../../scripts/edge/dev-keys.ts";
import { startEdge, type Edge } from "../../scripts/edge/edge.ts";
import { median } from "./rounds.ts";

const WORKER_ROOT = join(import.meta.dirname, "worker");
const TMPFS_MAGIC = 0x01021994;
const TICKS_PER_SECOND = 100;
const POLL_MS = 100;
const IDLE_SHARE = 0.05;
const IDLE_WITHIN_MS = 60_000;

export const TENANT = "t_bench";
const PROFILE = "mercado_livre@1.0.0";

/** A tenant that nothing limits and no job of which ever runs. */
export interface BenchTenant {
  /** What the paths of its API are put after. */
  readonly base: string;
  readonly token: string;
  readonly submitBody: string;
}

/** One server on its own state folder, with a tenant of its own. */
export interface BenchEdge extends BenchTenant {
  readonly url: string;
  readonly api: Api;
  /** One more tenant, of the app that is served below this path. */
  tenantAt(path: string, tenantId: string): Promise<BenchTenant>;
  /** Resolves once nothing of an earlier round is left to do, such as entries to be relayed. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

/** The product as `npm start` serves it. */
export const startProduct = (): Promise<BenchEdge> => start(undefined);

/** The benchmark's own Worker. Built anew each time: its build cache does not see changes of the product. */
export function startBenchWorker(): Promise<BenchEdge> {
  rmSync(join(WORKER_ROOT, "node_modules"), { recursive: true, force: true });
  return start(WORKER_ROOT);
}

export const isTmpfs = (): boolean => statfsSync(tmpdir()).type === TMPFS_MAGIC;

/** What it takes to make one page durable where the state is: every commit waits for it. */
export function syncMs(): number {
  const folder = mkdtempSync(join(tmpdir(), "validahub-bench-"));
  const file = openSync(join(folder, "page"), "w");
  try {
    const page = Buffer.alloc(4096);
    const times = Array.from({ length: 100 }, () => {
      writeSync(file, page);
      const start = performance.now();
      fdatasyncSync(file);
      return performance.now() - start;
    });
    return median(times);
  } finally {
    closeSync(file);
    rmSync(folder, { recursive: true });
  }
}

async function start(projectRoot: string | undefined): Promise<BenchEdge> {
  const stateDir = mkdtempSync(join(tmpdir(), "validahub-bench-"));
  const remove = () => rmSync(stateDir, { recursive: true, force: true });
  let edge: Edge | undefined;
  try {
    edge = await startEdge({ port: 0, stateDir, ...(projectRoot !== undefined && { projectRoot }) });
    const { url } = edge;
    const tenant = await provisioned(stateDir, url, "", TENANT);
    return {
      ...tenant,
      url,
      api: new Api(url, tenant.token),
      tenantAt: (path, tenantId) => provisioned(stateDir, url, path, tenantId),
      idle: () => idle(join(stateDir, "runtime.pid")),
      stop: () => (edge?.stop() ?? Promise.resolve()).finally(remove),
    };
  } catch (error) {
    await edge?.stop();
    remove();
    throw error;
  }
}

async function provisioned(
  stateDir: string,
  url: string,
  path: string,
  tenantId: string,
): Promise<BenchTenant> {
  const admin = new Api(url, await mintToken(stateDir, { admin: true }));
  await admin.json("POST", `${path}/admin/v1/tenants`, 201, {
    tenant_id: tenantId,
    name: "Bench",
    tier: "enterprise",
    overrides: { rate: { sustained: 100_000, burst: 1_000_000 }, running_jobs: 0 },
  });
  const token = await mintToken(stateDir, { tenant: tenantId });
  const submitBody = JSON.stringify({
    channel: PROFILE.split("@")[0],
    type: "validation",
    file_ref: await uploaded(new Api(url, token), url, path),
    rules_profile_id: PROFILE,
    seller_id: "seller_1",
  });
  return { base: url + path, token, submitBody };
}

/** The link that the app signs knows nothing of the path it is served below. */
async function uploaded(api: Api, url: string, path: string): Promise<string> {
  const bytes = new TextEncoder().encode("sku,title\r\nA-1,Um\r\n");
  const file = { filename: "catalogue.csv", size: bytes.length };
  const announced = await api.json<{ upload_url: string; file_ref: string }>(
    "POST",
    `${path}/v1/uploads`,
    201,
    file,
  );
  const { pathname, search } = new URL(announced.upload_url);
  const put = await fetch(`${url}${path}${pathname}${search}`, { method: "PUT", body: bytes });
  if (!put.ok) throw new Error(`The upload answered ${put.status}: ${await put.text()}`);
  return announced.file_ref;
}

/** By the server's own use of the processor; where that cannot be read, a second must do. */
async function idle(pidFile: string): Promise<void> {
  const pid = Number(readFileSync(pidFile, "utf8"));
  if (!existsSync(`/proc/${pid}/stat`)) return delay(1000);
  let before = usedSeconds(pid);
  for (const until = Date.now() + IDLE_WITHIN_MS; Date.now() < until;) {
    await delay(POLL_MS);
    const now = usedSeconds(pid);
    if (now - before <= (IDLE_SHARE * POLL_MS) / 1000) return;
    before = now;
  }
  throw new Error(`A server is still busy ${IDLE_WITHIN_MS / 1000} s after the load ended.`);
}

/** proc(5): user and system time are the 12th and 13th fields after the command's closing bracket. */
function usedSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
