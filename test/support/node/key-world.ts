import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { TestContext } from "node:test";
import { Api, type JobAnswer } from "../../../scripts/client/api.ts";
import { mintToken } from "../../../scripts/edge/dev-keys.ts";
import { type CommandProcess, isRunning, serversOf, start, temporaryState, until } from "./edge-process.ts";

/** What the tests of tenants' keys share: one edge that is stopped, killed and started again, and its state folder. */

const WITHIN_MS = 30_000;
const PROFILE = "default@1.0.0";
/** The tests make no use of what a tenant may ask in a second. */
const UNHURRIED = { rate: { sustained: 100_000, burst: 1_000_000 } };

export interface SealedJob extends JobAnswer {
  readonly attempts: number;
  readonly file_ref: string;
  readonly seller_id: string | null;
  readonly callback_url: string | null;
  readonly metadata: Readonly<Record<string, unknown>> | null;
  readonly unreadable_fields?: readonly string[];
}

export interface Standing {
  readonly versions: readonly {
    readonly version: number;
    readonly status: "current" | "retired" | "destroyed";
    readonly wrapper: string | null;
    readonly has_recovery: boolean;
  }[];
  readonly rotation: {
    readonly to_version: number;
    readonly status: "under_way" | "complete";
    readonly phase: string | null;
    readonly progress: {
      readonly jobs: { readonly done: number; readonly total: number };
      readonly log_entries: { readonly done: number };
      readonly files: { readonly done: number };
    };
  } | null;
}

export interface CloudEvent {
  readonly type: string;
  readonly subject: string;
  readonly sequence: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export class KeyWorld {
  url = "";
  readonly #state = temporaryState();
  readonly #edges: CommandProcess[] = [];

  get dir(): string {
    return this.#state.dir;
  }

  /** All that any of its edges has printed. */
  get output(): string {
    return this.#edges.map(({ stdout, stderr }) => stdout + stderr).join("\n");
  }

  async start(vars: Readonly<Record<string, string>> = {}): Promise<void> {
    const options = Object.entries(vars).flatMap(([name, value]) => ["--var", `${name}=${value}`]);
    const edge = start("node", this.dir, ...options);
    this.#edges.push(edge);
    this.url = await edge.ready();
  }

  async stop(): Promise<void> {
    this.#edges.at(-1)?.kill("SIGTERM");
    await this.#edges.at(-1)?.ended;
  }

  /** Launcher and runtime end at once, as with a machine that loses its power. */
  async crash(): Promise<void> {
    const { launcher, runtime } = serversOf(this.dir);
    for (const pid of [launcher, runtime]) process.kill(pid, "SIGKILL");
    await this.#edges.at(-1)?.ended;
    await until("the runtime to be gone", WITHIN_MS, async () => !isRunning(runtime));
  }

  async remove(): Promise<void> {
    await this.stop();
    this.#state.remove();
  }

  /** A link that an earlier edge has given, at the address of the one that runs now. */
  here(link: string): URL {
    const { pathname, search } = new URL(link);
    return new URL(pathname + search, this.url);
  }

  async admin(): Promise<Api> {
    return new Api(this.url, await mintToken(this.dir, { admin: true }));
  }

  async client(tenant: string): Promise<Api> {
    return new Api(this.url, await mintToken(this.dir, { tenant }));
  }

  /** A new tenant's client. */
  async provision(tenant: string, more: object = {}): Promise<Api> {
    const body = { tenant_id: tenant, name: tenant, tier: "enterprise", overrides: UNHURRIED, ...more };
    await (await this.admin()).json("POST", "/admin/v1/tenants", 201, body);
    return this.client(tenant);
  }

  async standing(tenant: string): Promise<Standing> {
    return (await this.admin()).json("GET", `/admin/v1/tenants/${tenant}/keys`, 200);
  }

  /** Waits for the end of the rotation that brings this version. */
  rotated(tenant: string, version: number): Promise<Standing> {
    return until(`version ${version} of ${tenant}'s key`, WITHIN_MS, async () => {
      const standing = await this.standing(tenant);
      const { to_version: to, status } = standing.rotation ?? {};
      return status === "complete" && (to ?? 0) >= version && standing;
    });
  }
}

/** Not started yet; gone at the end of the test, with all that it has started. */
export function worldOf(t: TestContext): KeyWorld {
  const world = new KeyWorld();
  t.after(() => world.remove());
  return world;
}

export const submit = (api: Api, fileRef: string, more: object = {}): Promise<SealedJob> =>
  api.json("POST", "/v1/jobs", 201, {
    channel: "default",
    type: "correction",
    file_ref: fileRef,
    rules_profile_id: PROFILE,
    ...more,
  });

export const readJob = (api: Api, id: string): Promise<SealedJob> => api.json("GET", `/v1/jobs/${id}`, 200);

export const succeeded = (api: Api, id: string): Promise<SealedJob> =>
  until(`the end of job ${id}`, WITHIN_MS, async () => {
    const job = await readJob(api, id);
    assert(["queued", "running", "succeeded"].includes(job.status), JSON.stringify(job));
    return job.status === "succeeded" && job;
  });

/** The signed link to what a job has left; the link itself needs no key. */
export async function linkTo(api: Api, id: string, query = ""): Promise<string> {
  const path = `/v1/jobs/${id}/download${query}`;
  return (await api.json<{ download_url: string }>("GET", path, 200)).download_url;
}

export async function download(api: Api, id: string, query = ""): Promise<Buffer> {
  const response = await fetch(await linkTo(api, id, query));
  const bytes = Buffer.from(await response.arrayBuffer());
  assert.equal(response.status, 200, bytes.toString());
  return bytes;
}

export const sha256 = (bytes: Uint8Array | string): string =>
  createHash("sha256").update(bytes).digest("hex");

/** The whole log of events; it must have no gap. */
export async function events(api: Api): Promise<CloudEvent[]> {
  const all: CloudEvent[] = [];
  for (let after = "0"; ;) {
    const page = await api.json<{ data: CloudEvent[]; next: string }>(
      "GET",
      `/v1/events?after=${after}`,
      200,
    );
    if (page.data.length === 0) break;
    all.push(...page.data);
    after = page.next;
  }
  const sequences = all.map(({ sequence }) => Number(sequence));
  assert.deepEqual(
    sequences,
    sequences.map((_, index) => index + 1),
  );
  return all;
}

/** An answer that is meant for the client, and none of the edge's own faults. */
export async function problem(response: Response): Promise<{ status: number; code: string }> {
  const { status } = response;
  const text = await response.text();
  assert.match(response.headers.get("content-type") ?? "", /^application\/problem\+json/, text);
  return { status, code: (JSON.parse(text) as { code: string }).code };
}

export const filesOf = (dir: string): readonly string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));

/** What `use` finds in every database that has this table. */
export function inDatabases<T>(
  dir: string,
  table: string,
  use: (database: DatabaseSync, path: string) => readonly T[],
  readOnly = true,
): readonly T[] {
  const paths = filesOf(join(dir, "storage")).filter((path) => path.endsWith(".sqlite"));
  return paths.flatMap((path) => {
    const database = new DatabaseSync(path, { readOnly });
    try {
      const found = database.prepare(`SELECT 1 FROM sqlite_master WHERE name = ?`).get(table);
      return found ? use(database, path) : [];
    } finally {
      database.close();
    }
  });
}

export const rows = <T>(dir: string, table: string, query: string): readonly T[] =>
  inDatabases(dir, table, (database) => database.prepare(query).all() as T[]);

/** Rows of one tenant's own object. */
export const objectRows = <T>(dir: string, tenant: string, query: string): readonly T[] =>
  inDatabases(dir, "data_keys", (database) => {
    const whose = database.prepare(`SELECT 1 FROM tenant WHERE tenant_id = ?`).get(tenant);
    return whose ? (database.prepare(query).all() as T[]) : [];
  });

/** The keys of all objects in R2: files, and halves of tenants' keys. */
export const objectKeys = (dir: string): readonly string[] =>
  rows<{ key: string }>(dir, "_mf_objects", `SELECT key FROM _mf_objects`).map(({ key }) => key);
