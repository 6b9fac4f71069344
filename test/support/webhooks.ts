import type { Answer, Received } from "./node/receiver";
import { eventually, type TestTenant } from "./tenants";

export interface Hook {
  readonly id: string;
  readonly secret: string;
  readonly status: string;
  readonly delivery: {
    readonly sequence: string;
    readonly last_sequence: string;
    readonly waiting: number;
    readonly dead_letters: number;
    readonly failures_in_a_row: number;
  };
}

export interface Event {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly sequence: string;
  readonly epoch: number;
  readonly data: Record<string, unknown>;
}

/** A receiver of webhooks outside of the Worker, which fetches it for real. */
export class TestReceiver {
  readonly url = `https://hooks.example.com/${crypto.randomUUID()}`;

  /** What the next requests get, the last of these from then on. */
  async answer(...answers: Answer[]): Promise<void> {
    await (await fetch(this.url, { method: "PUT", body: JSON.stringify(answers) })).text();
  }

  async received(): Promise<Received[]> {
    return (await fetch(this.url)).json<Received[]>();
  }

  /** The events that came, heartbeats and tests aside. */
  async events(): Promise<Event[]> {
    const all = await this.received();
    return all
      .map(({ body }) => JSON.parse(body) as Event)
      .filter(({ type }) => !type.startsWith("webhook."));
  }

  /** Once so many have come. */
  async got(count: number): Promise<Event[]> {
    return eventually(
      () => this.events(),
      (events) => events.length >= count,
    );
  }
}

export const hookTo = (
  tenant: TestTenant,
  receiver: TestReceiver,
  options: Record<string, unknown> = {},
): Promise<Hook> => tenant.json<Hook>("POST", "/v1/webhooks", { url: receiver.url, ...options });

export const hook = (tenant: TestTenant, id: string): Promise<Hook> =>
  tenant.json<Hook>("GET", `/v1/webhooks/${id}`);

/** Something that happened: an event of its own subject. */
export const happen = async (tenant: TestTenant, times = 1): Promise<void> => {
  for (let n = 0; n < times; n++) await tenant.upload(`f${n}.csv`, "a,b\n1,2\n");
};

export const feed = async (tenant: TestTenant): Promise<Event[]> =>
  (await tenant.json<{ data: Event[] }>("GET", "/v1/events?limit=100")).data;
