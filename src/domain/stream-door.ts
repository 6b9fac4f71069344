/**
 * What passes at the one door of a tenant's object that is no method: a socket cannot be had by RPC. The caller goes in
 * as a header and the answer comes out as one, whether there is a socket with it or not.
 */

import type { EventPlace } from "./delivery-plan";
import type { Caller } from "./tenant-context";

/** Streams and waiting polls that a tenant may have open at a time: each is a socket of its object. */
export const STREAMS_MAX = 100;

/** `new` takes a token of the tenant's rate; `again` goes on with what has taken one. */
export type StreamEntry = "new" | "again";

export interface OpenedStream {
  /** The newest event there is: whatever comes later wakes. */
  readonly last: EventPlace;
}

export type StreamRefusal = { readonly reason: "too_many_streams" };

/** What a wake-up says in the place of a place: nothing may be new, but ask again whether you are still let in. */
export const ASK_AGAIN = "ask";

const CALLER = "x-caller";
const ENTRY = "x-entry";
const ANSWER = "x-answer";

/** Header values are ASCII, a caller's names need not be. */
const pack = (value: unknown): string => encodeURIComponent(JSON.stringify(value));
const unpack = (text: string | null): unknown => JSON.parse(decodeURIComponent(text ?? "null"));

export const atTheDoor = (caller: Caller, entry: StreamEntry): Record<string, string> => ({
  upgrade: "websocket",
  [ENTRY]: entry,
  [CALLER]: pack(caller),
});

/** Null for what is no call of our own Worker. Nobody else can reach an object. */
export function whoIsThere(
  headers: Headers,
): { readonly caller: Caller; readonly entry: StreamEntry } | null {
  const entry = headers.get(ENTRY);
  if (headers.get("upgrade") !== "websocket" || (entry !== "new" && entry !== "again")) return null;
  return { caller: unpack(headers.get(CALLER)) as Caller, entry };
}

export const answerHeaders = (answer: unknown): Record<string, string> => ({ [ANSWER]: pack(answer) });
export const answerIn = (headers: Headers): unknown => unpack(headers.get(ANSWER));
