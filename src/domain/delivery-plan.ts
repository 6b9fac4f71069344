/**
 * What one pass over an endpoint sends, and what its outcome leaves behind. Pure. An endpoint has a cursor in the
 * tenant's events; what the cursor has passed and is not delivered is a row that waits. Events of one lane key go out
 * one after the other, and what fails holds up its own key alone.
 */

export const LANES = ["fifo", "per_job", "parallel"] as const;

/** `fifo`: all in order; `per_job`: in order within a subject, such as a job; `parallel`: each by itself. */
export type Lane = (typeof LANES)[number];

/** A client-visible event's place. */
export interface EventPlace {
  readonly epoch: number;
  readonly eventSeq: number;
}

/** An event beyond the cursor that the endpoint wants. */
export interface FreshEvent extends EventPlace {
  readonly id: string;
  readonly type: string;
  readonly laneKey: string;
}

/** An event that the cursor has passed. One behind another of its key that was never tried is due with that one. */
export interface WaitingEvent extends FreshEvent {
  /** How often it was tried. */
  readonly attempts: number;
  readonly dueMs: number;
}

export interface PassItem extends FreshEvent {
  readonly attempts: number;
  /** It has no row yet. */
  readonly isFresh: boolean;
}

export interface Pass {
  /** Groups go out side by side, the items of each one after the other. */
  readonly groups: readonly (readonly PassItem[])[];
  /** Fresh events behind one of their key that waits. */
  readonly held: readonly FreshEvent[];
  /** Fresh events were left for which there was no room. */
  readonly isCut: boolean;
}

export const laneKey = (lane: Lane, event: EventPlace & { readonly subject: string }): string => {
  switch (lane) {
    case "fifo":
      return "";
    case "per_job":
      return event.subject;
    case "parallel":
      return placeText(event);
  }
};

export const placeText = ({ epoch, eventSeq }: EventPlace): string => `${epoch}-${eventSeq}`;

export const isAfter = (a: EventPlace, b: EventPlace): boolean =>
  a.epoch === b.epoch ? a.eventSeq > b.eventSeq : a.epoch > b.epoch;

/** Both lists in the order of their places. At most `max` items go out. */
export function planPass(
  waiting: readonly WaitingEvent[],
  fresh: readonly FreshEvent[],
  nowMs: number,
  max: number,
): Pass {
  const groups = new Map<string, PassItem[]>();
  const closed = new Set<string>();
  let room = max;
  const add = (key: string, item: PassItem): void => {
    groups.set(key, [...(groups.get(key) ?? []), item]);
    room--;
  };
  for (const { dueMs, ...event } of waiting) {
    const key = event.laneKey;
    if (closed.has(key)) continue;
    if (room === 0 || dueMs > nowMs) closed.add(key);
    else add(key, { ...event, isFresh: false });
  }
  const held: FreshEvent[] = [];
  const all = () => [...groups.values()];
  for (const event of fresh) {
    if (closed.has(event.laneKey)) held.push(event);
    else if (room === 0) return { groups: all(), held, isCut: true };
    else add(event.laneKey, { ...event, attempts: 0, isFresh: true });
  }
  return { groups: all(), held, isCut: false };
}

/** What became of an item; one that is not spoken of was not tried. */
export type ItemOutcome =
  | { readonly type: "done" }
  | { readonly type: "waits"; readonly dueMs: number }
  | { readonly type: "parked" };

export interface Settled {
  readonly removed: readonly EventPlace[];
  readonly waiting: readonly WaitingEvent[];
  readonly parked: readonly WaitingEvent[];
  /** Where the cursor goes; null where it stays. `all`: nothing fresh is left before where the look ended. */
  readonly cursor: EventPlace | "all" | null;
}

/** By place. Fresh events at the end that were not tried stay beyond the cursor: they cost no row. */
export function settlePass(
  { groups, held, isCut }: Pass,
  outcomes: ReadonlyMap<string, ItemOutcome>,
  nowMs: number,
): Settled {
  const removed: EventPlace[] = [];
  const waiting: WaitingEvent[] = [];
  const parked: WaitingEvent[] = [];
  const items = groups.flat();
  const isSettled = (event: FreshEvent): boolean => outcomes.has(placeText(event)) || held.includes(event);
  const fresh = [...items.filter(({ isFresh }) => isFresh), ...held].sort((a, b) => (isAfter(a, b) ? 1 : -1));
  const last = fresh.findLastIndex(isSettled);
  const isPassed = new Set(fresh.slice(0, last + 1).map(placeText));

  for (const { isFresh, ...item } of items) {
    const outcome = outcomes.get(placeText(item));
    const tried = { ...item, attempts: item.attempts + 1 };
    if (outcome?.type === "waits") waiting.push({ ...tried, dueMs: outcome.dueMs });
    else if (outcome?.type === "parked") parked.push({ ...tried, dueMs: nowMs });
    else if (outcome?.type === "done") {
      if (!isFresh) removed.push(item);
    } else if (isFresh && isPassed.has(placeText(item))) waiting.push({ ...item, dueMs: 0 });
  }
  for (const event of held) waiting.push({ ...event, attempts: 0, dueMs: 0 });
  const cursor = last === fresh.length - 1 && !isCut ? "all" : (fresh[last] ?? null);
  return { removed, waiting, parked, cursor };
}
