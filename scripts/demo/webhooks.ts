import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import type { Api } from "../client/api.ts";

const DEADLINE_MS = 30_000;

interface Event {
  readonly id: string;
  readonly type: string;
  readonly sequence: string;
  readonly time: string;
  readonly tenantid: string;
}

interface Delivery {
  readonly event: Event;
  readonly lagMs: number;
  readonly isSigned: boolean;
}

interface Say {
  readonly say: (text: string) => void;
  readonly must: (held: boolean, what: string) => void;
}

/** A receiver of one tenant's webhooks on this machine, as that tenant would write it. */
export class DemoReceiver {
  readonly #deliveries: Delivery[] = [];
  #secret = "";
  readonly #server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      this.#take(request.headers, Buffer.concat(chunks).toString("utf8"));
      response.writeHead(204).end();
    });
  });

  /** Listens, and has the tenant's events sent here. */
  async subscribe(api: Api): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const { port } = this.#server.address() as AddressInfo;
    const { secret } = await api.json<{ secret: string }>("POST", "/v1/webhooks", 201, {
      url: `http://127.0.0.1:${port}/hooks`,
    });
    this.#secret = secret;
  }

  /** All that the feed has since must have come here: in its order, signed, and nobody else's. */
  async show(api: Api, tenantId: string, { say, must }: Say): Promise<void> {
    const { data } = await api.json<{ data: Event[] }>("GET", "/v1/events?limit=100", 200);
    const feed = data.filter(({ type }) => type !== "tenant.provisioned");
    for (const deadline = Date.now() + DEADLINE_MS; this.#deliveries.length < feed.length; await wait(20))
      must(Date.now() < deadline, `${tenantId}'s webhook to get ${feed.length} events`);
    const got = this.#deliveries.map(({ event }) => event);
    must(JSON.stringify(got) === JSON.stringify(feed), "the webhook to get what the feed has, in its order");
    must(
      this.#deliveries.every(({ isSigned, event }) => isSigned && event.tenantid === tenantId),
      "every event to be signed, and the tenant's own",
    );
    const lagsMs = this.#deliveries.map(({ lagMs }) => lagMs).sort((a, b) => a - b);
    say(
      `  ${tenantId}: ${got.length} events, each signed and in the feed's order; from commit to receiver ` +
        `${lagsMs[Math.floor(lagsMs.length / 2)] ?? 0} ms (median), ${lagsMs.at(-1) ?? 0} ms (slowest)`,
    );
    say(`    ${got.map(({ type, sequence }) => `${sequence} ${type}`).join(", ")}`);
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #take(headers: IncomingHttpHeaders, body: string): void {
    const event = JSON.parse(body) as Event;
    const key = Buffer.from(this.#secret.slice("whsec_".length), "base64");
    const content = `${String(headers["webhook-id"])}.${String(headers["webhook-timestamp"])}.${body}`;
    const expected = `v1,${createHmac("sha256", key).update(content).digest("base64")}`;
    const isSigned = String(headers["webhook-signature"]).split(" ").includes(expected);
    this.#deliveries.push({ event, lagMs: Date.now() - Date.parse(event.time), isSigned });
  }
}
