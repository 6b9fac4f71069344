import { sha256Hex } from "./bytes.ts";
import { isAfter, isWithin, placeText, type Place, type Stretch } from "./place.ts";

/** An event that was handled. */
export interface JournalEntry {
  readonly id: string;
  readonly place: Place;
}

/** What closes a gap. */
export type Proof =
  /** A heartbeat's number and digest of ids. */
  | { readonly type: "digest"; readonly events: number; readonly idsDigest: string }
  /** Without a filter each sequence is an event's. */
  | { readonly type: "count"; readonly events: number }
  /**
   * No heartbeat that could be compared with spoke of it. Once it was asked for again, a heartbeat that speaks of a
   * place beyond `sentTo`, the newest when the replay began, says that all of it was sent and taken since.
   */
  | { readonly type: "resend"; readonly sentTo: Place | null };

/** A stretch of the log that is not proved to have come whole. */
export interface Gap extends Stretch {
  readonly proof: Proof;
  /** How often a replay was asked for. */
  readonly asked: number;
  /** What only comes out of order is given so much time. */
  readonly askAfterMs: number;
}

/** Whether the entries of its stretch, in their order, close the gap. */
export async function isClosedBy({ after, last, proof }: Gap, entries: readonly JournalEntry[]) {
  switch (proof.type) {
    case "count":
      return entries.length === proof.events;
    case "resend":
      return false;
    case "digest": {
      const surplus = entries.length - proof.events;
      const isRestored = after.epoch < last.epoch;
      const wanted = isRestored && surplus > 0 ? withoutUndone(entries, last.epoch, surplus) : entries;
      if (wanted.length !== proof.events) return false;
      return (await sha256Hex(wanted.map(({ id }) => `${id}\n`).join(""))) === proof.idsDigest;
    }
  }
}

/** A restore undoes the end of the former epoch: what came of it is in no log any more. */
function withoutUndone(entries: readonly JournalEntry[], epoch: number, surplus: number) {
  const former = entries.filter(({ place }) => place.epoch < epoch);
  const kept = former.slice(0, Math.max(0, former.length - surplus));
  return [...kept, ...entries.slice(former.length)];
}

/** In order, the gap in the place of all that lie within it; what was asked of them was asked of it, so that asking ends. */
export function withGap(gaps: readonly Gap[], gap: Gap): readonly Gap[] {
  const inner = gaps.filter((other) => isWithin(other, gap));
  const asked = Math.max(gap.asked, ...inner.map((other) => other.asked));
  const outer = gaps.filter((other) => !inner.includes(other));
  return [...outer, { ...gap, asked }].sort((a, b) => (isAfter(a.after, b.after) ? 1 : -1));
}

/** Which gap it is, whatever was asked meanwhile. */
export const gapKey = ({ after, last, proof }: Gap): string =>
  [placeText(after), placeText(last), proof.type, proof.type === "digest" ? proof.idsDigest : ""].join(" ");
