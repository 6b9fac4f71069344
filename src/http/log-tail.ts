import type { Context } from "hono";
import type { Answer } from "../../durable-objects/tenant/answer";
import type { EventPage } from "../../durable-objects/tenant/operations/events";
import { isAfter, type EventPlace } from "../domain/delivery-plan";
import type { EventFilter } from "../domain/event-filter";
import {
  ASK_AGAIN,
  answerIn,
  STREAMS_MAX,
  type OpenedStream,
  type StreamEntry,
  type StreamRefusal,
} from "../domain/stream-door";
import { noRefusal, unwrap } from "./answer";
import { knock, callTenant } from "./call-tenant";
import type { TenantEnv } from "./context";
import { readFullPlace } from "./event-place";
import { invalidCredential } from "./middleware/authenticate";
import { Problem } from "./problem";

/** From one page to the next that was woken for: what a busy tenant does meanwhile comes with it. */
const GATHER_MS = 100;
/** Before a socket that broke is opened again: the object may be on its way to another version or machine. */
const RECONNECT_MS = 1_000;

export interface Reading {
  /** Events on a page at most. */
  readonly limit: number;
  /** Null: events of every type. */
  readonly type: string | null;
  /** What else is wanted of them. */
  readonly more?: Partial<EventFilter>;
}

/**
 * A tenant's log as one request follows it: pages come from the log by the reader's own place, and a socket to the
 * tenant's object says when to ask for the next. Belongs to the request that opened it, and has to be closed.
 */
export class LogTail {
  /** The newest event when it was opened. */
  last: EventPlace = { epoch: 0, eventSeq: 0 };
  #newest: EventPlace = this.last;
  #mustAsk = false;
  #isBroken = false;
  #isClosed = false;
  #socket: WebSocket | null = null;
  #stir: () => void = () => undefined;
  #keyEndsMs: number | null = null;
  #askedMs = 0;

  private constructor(
    private readonly c: Context<TenantEnv>,
    private readonly reading: Reading,
  ) {}

  /** The caller is let in as `entry` says; a refusal is thrown as its problem. */
  static async open(c: Context<TenantEnv>, entry: StreamEntry, reading: Reading): Promise<LogTail> {
    const tail = new LogTail(c, reading);
    await tail.#connect(entry);
    return tail;
  }

  /** The events after a place. Asks each time whether the caller is still let in; a refusal is thrown as its problem. */
  async page(after: EventPlace): Promise<EventPage> {
    const { caller } = this.c.var;
    const { limit, type, more = {} } = this.reading;
    if (Date.now() >= this.#endsAtMs()) throw invalidCredential();
    this.#mustAsk = false;
    this.#askedMs = Date.now();
    const answer = await callTenant(this.c.env, caller, (tenant) =>
      tenant.followEvents(caller, after, limit, type, more),
    );
    const { endsAtMs, ...page } = unwrap(this.c, answer, noRefusal);
    this.#keyEndsMs = endsAtMs;
    return page;
  }

  /**
   * Waits until there may be something beyond a place: false after the time given, or once it was closed.
   * Throws when the caller's credential has ended by itself meanwhile.
   */
  async hasNews(beyond: EventPlace, withinMs: number): Promise<boolean> {
    const endsAtMs = this.#endsAtMs();
    const deadlineMs = Math.min(Date.now() + withinMs, endsAtMs);
    while (!this.#mayHave(beyond) && Date.now() < deadlineMs) await this.#stirred(deadlineMs - Date.now());
    if (this.#isClosed) return false;
    if (Date.now() >= endsAtMs) throw invalidCredential();
    if (this.#isBroken) {
      await scheduler.wait(RECONNECT_MS);
      await this.#connect("again");
    } else if (!this.#mayHave(beyond)) return false;
    await scheduler.wait(Math.max(0, this.#askedMs + GATHER_MS - Date.now()));
    return true;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  close(): void {
    this.#isClosed = true;
    this.#socket?.close();
    this.#stir();
  }

  /** When the caller's credential ends by itself. */
  #endsAtMs(): number {
    return Math.min(this.c.var.tokenEndsMs ?? Infinity, this.#keyEndsMs ?? Infinity);
  }

  #mayHave(beyond: EventPlace): boolean {
    return this.#isClosed || this.#isBroken || this.#mustAsk || isAfter(this.#newest, beyond);
  }

  async #stirred(withinMs: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#stir = resolve;
      timer = setTimeout(resolve, withinMs);
    });
    clearTimeout(timer);
  }

  async #connect(entry: StreamEntry): Promise<void> {
    const response = await knock(this.c.env, this.c.var.caller, entry);
    const answer = answerIn(response.headers) as Answer<OpenedStream, StreamRefusal>;
    const { last } = unwrap(this.c, answer, streamProblem);
    const socket = response.webSocket;
    if (!socket) throw new Error("The tenant's object opened no socket.");
    this.last = last;
    this.#newest = last;
    this.#isBroken = false;
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#hear(String(data)));
    for (const end of ["close", "error"] as const) socket.addEventListener(end, () => this.#lose(socket));
    socket.accept();
    // The client may have gone meanwhile.
    if (this.#isClosed) socket.close();
  }

  #hear(text: string): void {
    if (text === ASK_AGAIN) this.#mustAsk = true;
    else this.#newest = readFullPlace(text);
    this.#stir();
  }

  #lose(socket: WebSocket): void {
    this.#isBroken ||= socket === this.#socket;
    this.#stir();
  }
}

const streamProblem = (_refusal: StreamRefusal): Problem =>
  new Problem(
    "quota_exceeded",
    `The tenant has ${STREAMS_MAX} streams and waiting polls open: close one, or share one among its readers.`,
  );
