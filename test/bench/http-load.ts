import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

const HEAD_END = Buffer.from("\r\n\r\n");
const LAST_ANSWER_WITHIN_MS = 30_000;

export interface LoadRequest {
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Any other answer ends the measurement. */
  readonly status: number;
}

/**
 * One request over and over on keep-alive connections, one in flight on each. It speaks just enough HTTP/1.1 for
 * that: on two cores the client's own work must stay small beside what it measures.
 */
export class HttpLoad {
  readonly #request: LoadRequest;
  readonly #connections: number;

  constructor(request: LoadRequest, connections: number) {
    this.#request = request;
    this.#connections = connections;
  }

  /** Answers a second over this time. */
  async perSecond(ms: number): Promise<number> {
    const { answers, seconds } = await this.#load(ms);
    return answers / seconds;
  }

  /** How long each answer took within this time, in the order of their lengths. */
  async latenciesMs(ms: number): Promise<Float64Array> {
    return Float64Array.from((await this.#load(ms)).latenciesMs).sort();
  }

  /** Connects anew, off the clock: servers close connections that idle. */
  async #load(ms: number): Promise<Load> {
    const connections = await Promise.all(
      Array.from({ length: this.#connections }, () => Connection.open(this.#request)),
    );
    try {
      const start = performance.now();
      const rounds = connections.map((connection) => connection.start());
      await Promise.race([delay(ms), ...rounds]);
      const answers = connections.reduce((sum, { answers: n }) => sum + n, 0);
      const seconds = (performance.now() - start) / 1000;
      for (const connection of connections) connection.stop();
      await Promise.race([Promise.all(rounds), tooLate()]);
      return { answers, seconds, latenciesMs: connections.flatMap((connection) => connection.latenciesMs) };
    } finally {
      for (const connection of connections) connection.close();
    }
  }
}

interface Load {
  readonly answers: number;
  readonly seconds: number;
  readonly latenciesMs: readonly number[];
}

async function tooLate(): Promise<never> {
  await delay(LAST_ANSWER_WITHIN_MS, undefined, { ref: false });
  throw new Error(`No last answer within ${LAST_ANSWER_WITHIN_MS / 1000} s after the load ended.`);
}

class Connection {
  answers = 0;
  latenciesMs: number[] = [];
  #sentAtMs = 0;
  readonly #socket: Socket;
  readonly #request: Buffer;
  readonly #status: string;
  #pending: Buffer | null = null;
  #running = false;
  #settle: { done: () => void; failed: (error: Error) => void } | null = null;

  private constructor(socket: Socket, request: LoadRequest) {
    this.#socket = socket;
    this.#request = bytesOf(request);
    this.#status = String(request.status);
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new Error("The server closed a connection.")));
  }

  static async open(request: LoadRequest): Promise<Connection> {
    const { hostname, port } = new URL(request.url);
    const socket = connect(Number(port), hostname);
    await once(socket, "connect");
    return new Connection(socket, request);
  }

  /** Settles once stopped and its last answer is in. */
  start(): Promise<void> {
    this.answers = 0;
    this.latenciesMs = [];
    this.#running = true;
    return new Promise((done, failed) => {
      this.#settle = { done, failed };
      this.#send();
    });
  }

  stop(): void {
    this.#running = false;
  }

  close(): void {
    this.#settle = null;
    this.#socket.destroy();
  }

  #send(): void {
    this.#sentAtMs = performance.now();
    this.#socket.write(this.#request);
  }

  #receive(chunk: Buffer): void {
    const bytes = this.#pending ? Buffer.concat([this.#pending, chunk]) : chunk;
    const headEnd = bytes.indexOf(HEAD_END);
    if (headEnd < 0) {
      this.#pending = bytes;
      return;
    }
    const head = bytes.toString("latin1", 0, headEnd);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length === undefined) return this.#fail(new Error(`An answer without Content-Length:\n${head}`));
    if (bytes.length < headEnd + HEAD_END.length + Number(length)) {
      this.#pending = bytes;
      return;
    }
    this.#pending = null;
    if (!head.startsWith(this.#status, "HTTP/1.1 ".length))
      return this.#fail(new Error(`An answer other than ${this.#status}:\n${bytes.toString()}`));
    this.answers++;
    this.latenciesMs.push(performance.now() - this.#sentAtMs);
    if (this.#running) this.#send();
    else this.#settle?.done();
  }

  #fail(error: Error): void {
    this.#settle?.failed(error);
  }
}

function bytesOf({ url, method, headers = {}, body = "" }: LoadRequest): Buffer {
  const { host, pathname, search } = new URL(url);
  const all = {
    Host: host,
    ...headers,
    ...(method === "POST" && { "Content-Length": Buffer.byteLength(body) }),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${pathname}${search} HTTP/1.1\r\n${lines.join("")}\r\n${body}`);
}
