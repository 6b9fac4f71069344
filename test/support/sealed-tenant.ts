import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { Stores } from "../../durable-objects/tenant/stores";
import { tenantObjectName } from "../../src/domain/tenant";
import { eventually, freshTenant, request, type TestTenant } from "./tenants";
import { adminToken } from "./tokens";

export interface Standing {
  readonly versions: readonly { version: number; status: string; wrapper: string | null }[];
  readonly due_at: string | null;
  readonly rotation: {
    readonly status: string;
    readonly to_version: number;
    readonly phase: string | null;
    readonly progress: { files: { done: number }; jobs: { done: number; total: number } };
  } | null;
}

export interface SealedJob {
  readonly id: string;
  readonly status: string;
  readonly seller_id: string | null;
  readonly callback_url: string | null;
  readonly metadata: Record<string, unknown> | null;
  readonly unreadable_fields?: readonly string[];
  readonly file_ref: string;
}

export const CATALOGUE = "sku,title,price,stock,category,status\nA1,Caneta,x,10,Home,active\n";

/** A tenant of its own, and what an operator and whoever holds the object's storage can do to it. */
export class SealedTenant {
  private constructor(readonly tenant: TestTenant) {}

  /** Nothing of it runs by itself unless it has running places. */
  static async fresh(runningJobs = 0): Promise<SealedTenant> {
    const overrides = { running_jobs: runningJobs, rate: { sustained: 10_000, burst: 10_000 } };
    return new SealedTenant(await freshTenant({ overrides }));
  }

  get id() {
    return this.tenant.id;
  }

  get stub() {
    return env.TENANTS.getByName(tenantObjectName(this.tenant.id));
  }

  async submit(members: Record<string, unknown> = {}, fileRef?: string): Promise<SealedJob> {
    return this.tenant.json<SealedJob>("POST", "/v1/jobs", {
      channel: "default",
      type: "correction",
      file_ref: fileRef ?? (await this.tenant.upload("a.csv", CATALOGUE)),
      rules_profile_id: "default@1.0.0",
      ...members,
    });
  }

  /** Submitted and run to its end; the tenant must have running places. */
  async run(members: Record<string, unknown> = {}): Promise<SealedJob> {
    const { id } = await this.submit(members);
    return eventually(
      () => this.job(id),
      ({ status }) => status === "succeeded",
    );
  }

  job(id: string): Promise<SealedJob> {
    return this.tenant.json<SealedJob>("GET", `/v1/jobs/${id}`);
  }

  async download(jobId: string, query = "artifact=output"): Promise<Response> {
    const { download_url: url } = await this.tenant.json<{ download_url: string }>(
      "GET",
      `/v1/jobs/${jobId}/download?${query}`,
    );
    return exports.default.fetch(new Request(url));
  }

  async operate(method: string, path: string, body?: unknown): Promise<Response> {
    const call = { token: await adminToken(), ...(body !== undefined && { body }) };
    return request(method, `/admin/v1/tenants/${this.id}${path}`, call);
  }

  async standing(): Promise<Standing> {
    return (await this.operate("GET", "/keys")).json<Standing>();
  }

  async rotate(): Promise<void> {
    const response = await this.operate("POST", "/keys/rotate");
    if (response.status !== 202) throw new Error(`The rotation answered ${response.status}.`);
    await response.body?.cancel();
  }

  rotated(version: number): Promise<Standing> {
    return this.#until(({ rotation }) => rotation?.status === "complete" && rotation.to_version === version);
  }

  /** A rotation has come to its last look around. */
  checking(): Promise<Standing> {
    return this.#until(({ rotation }) => rotation?.phase === "check");
  }

  /** The platform's alarms and queues bring it about; asking for the alarm saves their time. */
  #until(done: (standing: Standing) => boolean): Promise<Standing> {
    return eventually(async () => {
      await runDurableObjectAlarm(this.stub);
      return this.standing();
    }, done);
  }

  inside<T>(look: (stores: Stores, sql: SqlStorage) => T): Promise<T> {
    return runInDurableObject(this.stub, (_object, { storage }) =>
      look(new Stores(storage.sql), storage.sql),
    );
  }

  async auditTypes(): Promise<string[]> {
    return this.inside((_stores, sql) =>
      sql
        .exec<{ type: string }>(`SELECT type FROM log WHERE kind = 'audit' ORDER BY epoch, seq`)
        .toArray()
        .map(({ type }) => type),
    );
  }
}
