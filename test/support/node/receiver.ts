import { setTimeout as delay } from "node:timers/promises";

/** Receivers of webhooks, each with what it is to answer and what it was sent. Shared by the tests in workerd and those from outside. */

export interface Received {
  readonly atMs: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How the next requests are answered, one after the other; the last one from then on. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly delayMs?: number;
  /** Only for requests whose body has this text; others get 200 and leave it to the next one. */
  readonly ifBodyHas?: string;
}

interface Receiver {
  readonly received: Received[];
  answers: readonly Answer[];
}

/** Keeps no process from its end. */
const sleep = (ms: number): Promise<unknown> => delay(ms, undefined, { ref: false });

const OK: Answer = { status: 200 };
/** Comes when it will: no answer is used up by one, unless it is meant for it. */
const HEARTBEAT = '"type":"webhook.heartbeat"';

/** Receivers by path; `PUT` says what one answers, `GET` what it got, `POST` is what it gets. */
export class Receivers {
  readonly #byPath = new Map<string, Receiver>();

  async handle(method: string, path: string, headers: Received["headers"], body: string) {
    const receiver = this.#byPath.get(path) ?? { received: [], answers: [] };
    this.#byPath.set(path, receiver);
    if (method === "GET") return { status: 200, headers: {}, body: JSON.stringify(receiver.received) };
    if (method === "PUT") {
      receiver.answers = JSON.parse(body) as Answer[];
      return { status: 200, headers: {}, body: "" };
    }
    receiver.received.push({ atMs: Date.now(), headers, body });
    const [next = OK, ...rest] = receiver.answers;
    const isMeant = next.ifBodyHas === undefined ? !body.includes(HEARTBEAT) : body.includes(next.ifBodyHas);
    if (isMeant && rest.length > 0) receiver.answers = rest;
    const answer = isMeant ? next : OK;
    if (answer.delayMs !== undefined) await sleep(answer.delayMs);
    return { status: answer.status, headers: answer.headers ?? {}, body: answer.body ?? "" };
  }
}
