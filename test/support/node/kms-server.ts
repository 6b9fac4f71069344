import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { FakeKms, refusal } from "../../keys/fake-kms.ts";

const HOST = "127.0.0.1";
const REGION = "sa-east-1";
/** What any request to a KMS must have signed. */
const SIGNED = ["content-type", "host", "x-amz-date", "x-amz-target"];

/** `refusing`: the right is denied, whatever the key. `failing`: it answers, and is of no use. */
type Mood = "serving" | "failing" | "refusing";

/** The tests' KMS on a port of this machine, for an edge in another process: verifies what was signed, holds the keys. */
export class KmsServer {
  mood: Mood = "serving";
  /** Encrypt and Decrypt that were signed well, in order. */
  readonly calls: { readonly operation: string; readonly context: Readonly<Record<string, string>> }[] = [];
  readonly keyId: string;
  readonly #accessKeyId = `AKID${randomBytes(8).toString("hex").toUpperCase()}`;
  readonly #secretAccessKey = randomBytes(30).toString("hex");
  readonly #kms: FakeKms;
  #holds: { readonly arrived: () => void; readonly released: Promise<void> } | null = null;
  #server: Server | null = null;
  #port = 0;

  constructor(name: string) {
    this.keyId = `arn:aws:kms:${REGION}:111122223333:key/${name}`;
    const terms = { region: REGION, accessKeyId: this.#accessKeyId, secretAccessKey: this.#secretAccessKey };
    this.#kms = new FakeKms(terms, () => Date.now());
    this.#kms.addKey(this.keyId);
  }

  /** What an edge is configured with. */
  get settings() {
    return {
      type: "aws-kms",
      endpoint: `http://${HOST}:${this.#port}`,
      region: REGION,
      key_id: this.keyId,
      access_key_id: this.#accessKeyId,
      secret_access_key: this.#secretAccessKey,
    };
  }

  setKey(state: "enabled" | "disabled"): void {
    this.#kms.setState(this.keyId, state);
  }

  /** Holds back the answer to the next call, and to that one alone. */
  holdNext(): { readonly arrived: Promise<void>; release(): void } {
    const arrived = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    this.#holds = { arrived: arrived.resolve, released: released.promise };
    return { arrived: arrived.promise, release: released.resolve };
  }

  /** Listens, after `down` on the same port as before. */
  async up(): Promise<void> {
    assert.equal(this.#server, null);
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.listen(this.#port, HOST);
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Connections are refused from now on. */
  async down(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (!server) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = await this.#answer(request);
    response.writeHead(answer.status, { "content-type": "application/x-amz-json-1.1", connection: "close" });
    response.end(await answer.text());
  }

  async #answer(request: IncomingMessage): Promise<Response> {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    if (this.mood === "failing") return refusal("KMSInternalException", "", 503);
    const headers = signedHeaders(request);
    if (headers === null) return refusal("IncompleteSignatureException");
    const { method = "", url = "" } = request;
    const answer = await this.#kms.fetch(new URL(url, `http://${HOST}:${this.#port}`).href, {
      method,
      headers,
      body,
    });
    const held = this.#holds;
    this.#holds = null;
    held?.arrived();
    await held?.released;
    if (answer.status !== 200) return answer;
    if (this.mood === "refusing") return refusal("AccessDeniedException");
    const { EncryptionContext: context } = JSON.parse(body) as { EncryptionContext: Record<string, string> };
    this.calls.push({ operation: headers.get("x-amz-target")?.split(".")[1] ?? "", context });
    return answer;
  }
}

/** The headers that the request says it has signed; what the client's own HTTP has added is nobody's business. */
function signedHeaders({ headers }: IncomingMessage): Headers | null {
  const authorization = headers.authorization ?? "";
  const names = /SignedHeaders=([^,]+)/.exec(authorization)?.[1]?.split(";") ?? [];
  if (!SIGNED.every((name) => names.includes(name))) return null;
  const signed = names.filter((name) => name !== "host").map((name) => [name, String(headers[name] ?? "")]);
  return new Headers([...signed, ["authorization", authorization]] as [string, string][]);
}
