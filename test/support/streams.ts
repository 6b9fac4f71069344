import { env } from "cloudflare:workers";
import { tenantObjectName } from "../../src/domain/tenant";
import { EventSourceClient } from "./event-source";
import { freshTenant, request, type TestTenant } from "./tenants";
import { adminToken } from "./tokens";

export interface FeedEvent {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly epoch: number;
  readonly sequence: string;
}

/** A tenant of its own that makes an event for each job, and has nothing else going on. */
export class StreamedTenant {
  private constructor(
    readonly tenant: TestTenant,
    private readonly fileRef: string,
  ) {}

  static async fresh(rate = { sustained: 1000, burst: 1000 }): Promise<StreamedTenant> {
    const tenant = await freshTenant({ overrides: { running_jobs: 0, rate } });
    return new StreamedTenant(tenant, await tenant.upload("a.csv", "sku\nA\n"));
  }

  get stub() {
    return env.TENANTS.getByName(tenantObjectName(this.tenant.id));
  }

  /** One event of the type `job.submitted`. */
  async submit(): Promise<string> {
    const { id } = await this.tenant.json<{ id: string }>("POST", "/v1/jobs", {
      channel: "default",
      type: "validation",
      file_ref: this.fileRef,
      rules_profile_id: "default@1.0.0",
    });
    return id;
  }

  async submitMany(count: number): Promise<void> {
    for (let n = 0; n < count; n++) await this.submit();
  }

  /** One event of the type `job.cancelled`. */
  cancel(jobId: string): Promise<unknown> {
    return this.tenant.json("POST", `/v1/jobs/${jobId}/cancel`);
  }

  async operate(method: string, path: string, body?: unknown): Promise<void> {
    const url = `/admin/v1/tenants/${this.tenant.id}${path}`;
    const response = await request(method, url, { token: await adminToken(), body });
    if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
    await response.body?.cancel();
  }

  async feed(query = ""): Promise<readonly FeedEvent[]> {
    const { data } = await this.tenant.json<{ data: FeedEvent[] }>("GET", `/v1/events?limit=100${query}`);
    return data;
  }

  async last(): Promise<string> {
    return (await this.tenant.json<{ last: string }>("GET", "/v1/events?limit=1")).last;
  }

  get(path: string, headers: Record<string, string> = {}, token = this.tenant.token): Promise<Response> {
    return request("GET", path, { token, headers });
  }

  /** Opens a stream; `lastEventId` as a client that comes back would send it. */
  async stream(query = "", lastEventId = "", token = this.tenant.token): Promise<EventSourceClient> {
    const headers = lastEventId === "" ? {} : { "last-event-id": lastEventId };
    const response = await this.get(`/v1/events/stream${query}`, headers, token);
    if (response.status !== 200 || !response.body)
      throw new Error(`The stream answered ${response.status}: ${await response.text()}`);
    return new EventSourceClient(response.body);
  }
}

export const placesOf = ({ messages }: EventSourceClient): readonly string[] => messages.map(({ id }) => id);
