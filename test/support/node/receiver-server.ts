import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Answer, type Received, Receivers } from "./receiver.ts";

/** Receivers of webhooks on a loopback port; what they got outlives the edge's restarts. */
export class ReceiverServer {
  readonly #receivers = new Receivers();
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => void this.#answer(request, Buffer.concat(chunks).toString("utf8"), response));
    request.on("error", () => undefined);
  });

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  url(name: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${name}`;
  }

  async received(name: string): Promise<readonly Received[]> {
    return JSON.parse((await this.#receivers.handle("GET", `/${name}`, {}, "")).body) as Received[];
  }

  async answer(name: string, ...answers: Answer[]): Promise<void> {
    await this.#receivers.handle("PUT", `/${name}`, {}, JSON.stringify(answers));
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(
    request: import("node:http").IncomingMessage,
    body: string,
    response: import("node:http").ServerResponse,
  ): Promise<void> {
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    const answer = await this.#receivers.handle(request.method ?? "", request.url ?? "", headers, body);
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }
}
