import { err, ok } from "../../src/domain/result";
import {
  answerHeaders,
  whoIsThere,
  type OpenedStream,
  type StreamEntry,
  type StreamRefusal,
} from "../../src/domain/stream-door";
import type { Caller } from "../../src/domain/tenant-context";
import { EVERY_EVENT, type EventFilter } from "../../src/domain/event-filter";
import type { Admitted } from "./admission";
import type { Answer } from "./answer";
import { FileCalls } from "./file-calls";
import {
  readEvents,
  type AskedPlace,
  type EventLook,
  type EventPage,
  type EventQuery,
} from "./operations/events";
import type { Seal } from "./seal";
import type { TenantRecord } from "./tenant-store";

export interface FollowedPage extends EventPage {
  /** When the caller's key ends by itself; null: not that the object knows. */
  readonly endsAtMs: number | null;
}

interface Looked {
  readonly look: EventLook;
  readonly tenant: TenantRecord;
  /** The keys by which the page is opened that the look began. */
  readonly seal: Seal;
  readonly endsAtMs: number | null;
}

/** The half of a tenant's object that has to do with those who follow its log. */
export abstract class StreamCalls extends FileCalls {
  listEvents(
    caller: Caller,
    after: AskedPlace,
    limit: number,
    type: string | null,
    more: Partial<EventFilter> = {},
  ): Promise<Answer<EventPage, never>> {
    const query = { after, limit, filter: { ...EVERY_EVENT, ...more, type } };
    return this.#page(
      caller,
      this.core.readSealed(caller, (admitted, _nowMs, seal) => ok(this.#look(query, admitted, seal))),
    );
  }

  /** The next page of somebody who was let in before: takes no token, and asks again who that is. */
  followEvents(
    caller: Caller,
    after: AskedPlace,
    limit: number,
    type: string | null,
    more: Partial<EventFilter> = {},
  ): Promise<Answer<FollowedPage, never>> {
    const query = { after, limit, filter: { ...EVERY_EVENT, ...more, type } };
    return this.#page(
      caller,
      this.core.readOn(caller, (admitted, _nowMs, seal) => ok(this.#look(query, admitted, seal))),
    );
  }

  #look(query: EventQuery, { tenant, key }: Admitted, seal: Seal): Looked {
    const look = readEvents(this.core.stores, query, seal);
    return { look, tenant, seal, endsAtMs: key?.expiresAtMs ?? null };
  }

  /** What one look has found, or what shard and archive have of it. */
  async #page(caller: Caller, looking: Promise<Answer<Looked, never>>): Promise<Answer<FollowedPage, never>> {
    const { rate, outcome } = await looking;
    if (!outcome.ok) return { rate, outcome };
    const { look, tenant, seal, endsAtMs } = outcome.value;
    if (look.type === "page") return { rate, outcome: ok({ ...look.page, endsAtMs }) };
    const read = await this.core.history.read(tenant, look, seal);
    // Time has passed: a suspension or a revocation may stand before the answer.
    const vouched = this.core.vouch(caller).outcome;
    if (!vouched.ok) return { rate, outcome: vouched };
    return { rate, outcome: read.ok ? ok({ ...read.value, endsAtMs }) : read };
  }

  /** Opens a stream's socket, for our own Worker alone; everything else that is asked of an object is a method. */
  override async fetch(request: Request): Promise<Response> {
    const asked = whoIsThere(request.headers);
    if (!asked) return new Response(null, { status: 426 });
    const { answer, socket } = this.#open(asked.caller, asked.entry);
    const headers = answerHeaders(answer);
    return socket
      ? new Response(null, { status: 101, webSocket: socket, headers })
      : new Response(null, { headers });
  }

  /** Completes the handshake, which the platform leaves to a hibernating object. */
  override async webSocketClose(socket: WebSocket): Promise<void> {
    socket.close();
  }

  #open(
    caller: Caller,
    entry: StreamEntry,
  ): { readonly answer: Answer<OpenedStream, StreamRefusal>; readonly socket: WebSocket | null } {
    const { rate, outcome } = entry === "new" ? this.core.admit(caller) : this.core.vouch(caller);
    if (!outcome.ok) return { answer: { rate, outcome }, socket: null };
    const socket = this.core.streams.open();
    if (!socket) return { answer: { rate, outcome: err({ reason: "too_many_streams" }) }, socket };
    const { epoch, eventSeq } = this.core.stores.log.head();
    return { answer: { rate, outcome: ok({ last: { epoch, eventSeq } }) }, socket };
  }
}
