import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

const POLL_MS = 20;
const ARRIVED_WITHIN_MS = 120_000;

export interface Arrival {
  /** When it was here for the first time. */
  readonly atMs: number;
  /** Since the event's own time, which is when its command was decided; both by this machine's clock. */
  readonly lagMs: number;
}

/** Takes webhooks on a loopback port and answers at once. What the platform says of its own (heartbeats) is passed over. */
export class WebhookReceiver {
  readonly #arrivals = new Map<string, Arrival>();
  readonly #server = createServer((request, response) => this.#receive(request, response));

  async listen(): Promise<void> {
    // A connection that closes while it is taken up again would be measured as a delivery that is tried again.
    this.#server.keepAliveTimeout = 0;
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  url(name: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${name}`;
  }

  /** The next so many different events, once all of them are here. */
  async take(count: number): Promise<readonly Arrival[]> {
    for (const until = Date.now() + ARRIVED_WITHIN_MS; this.#arrivals.size < count; await delay(POLL_MS))
      if (Date.now() > until)
        throw new Error(`Of ${count} events, ${this.#arrivals.size} came within ${ARRIVED_WITHIN_MS} ms.`);
    const taken = [...this.#arrivals.values()];
    this.#arrivals.clear();
    if (taken.length > count) throw new Error(`Of ${count} events there came ${taken.length}.`);
    return taken;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("error", () => undefined);
    request.on("end", () => {
      const atMs = Date.now();
      response.writeHead(200).end();
      const event = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Event;
      if (event.type.startsWith("webhook.") || this.#arrivals.has(event.id)) return;
      this.#arrivals.set(event.id, { atMs, lagMs: atMs - Date.parse(event.time) });
    });
  }
}

interface Event {
  readonly id: string;
  readonly type: string;
  readonly time: string;
}
