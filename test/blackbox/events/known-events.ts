import type { Api } from "../../../scripts/client/api.ts";
import type { Received } from "../../support/node/receiver.ts";

export interface Event {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly sequence: string;
  readonly tenantid: string;
}

/** The whole feed, page by page. */
export async function feedOf(api: Api, query = ""): Promise<Event[]> {
  const all: Event[] = [];
  for (let after = "0"; ;) {
    const page = await api.json<{ data: Event[]; next: string }>(
      "GET",
      `/v1/events?after=${after}${query}`,
      200,
    );
    if (page.next === after) return all;
    all.push(...page.data);
    after = page.next;
  }
}

/** What a receiver was sent of the log, heartbeats and tests aside. */
export const eventsOf = (received: readonly Received[]): Event[] =>
  received.map(({ body }) => JSON.parse(body) as Event).filter(({ type }) => !type.startsWith("webhook."));

/** The first time that each came, in the order in which they came. */
export const firsts = (events: readonly Event[]): Event[] =>
  [...new Map(events.toReversed().map((event) => [event.id, event])).values()].reverse();
