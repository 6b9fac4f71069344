import { gapKey, withGap, type Gap } from "./gap.ts";
import type { Claim } from "./message.ts";
import { earlier, holdsPlace, isAfter, isWithin, later, type Place, type Stretch } from "./place.ts";

/** How far a consumer knows that it has everything. Pure: JSON in, JSON out, and the clock is an argument. */

export interface Progress {
  /** The newest that was seen; null before any. */
  readonly epoch: number | null;
  readonly heard: Heard | null;
  /** The furthest place of this epoch; of use where no filter leaves holes. */
  readonly newest: Place | null;
  /** In the order of their beginnings. */
  readonly gaps: readonly Gap[];
  /** One replay at a time: none is asked for before. */
  readonly askAtMs: number;
}

/** What heartbeats have said so far. */
export interface Heard {
  /** Of what is before nothing is known: ids alone tell what came of it. */
  readonly start: Place;
  /** After the start and up to here, all is had but what a gap holds, and ids outside of gaps are forgotten. */
  readonly floor: Place;
  /** Up to here heartbeats have spoken. */
  readonly told: Place;
}

export interface Terms {
  /** Each sequence is expected to come. */
  readonly unfiltered: boolean;
  /** How long what is only out of order has to come by itself. */
  readonly graceMs: number;
  readonly nowMs: number;
}

/** Where it is known, `at` is where the webhook began. */
export const begun = (at: Place | null): Progress => ({
  epoch: at?.epoch ?? null,
  heard: at && { start: at, floor: at, told: at },
  newest: at,
  gaps: [],
  askAtMs: 0,
});

/** Whether an event was had by its place alone. */
export const isBehind = ({ heard, gaps }: Progress, place: Place): boolean =>
  heard !== null &&
  holdsPlace({ after: heard.start, last: heard.floor }, place) &&
  !gaps.some((gap) => holdsPlace(gap, place));

/**
 * In a new epoch a restored log goes on from an earlier place. What was still missing of the former one may never have
 * happened: it counts as had once the log that there is was sent again.
 */
export function inEpoch(progress: Progress, epoch: number): Progress & { readonly epoch: number } {
  const known = progress.epoch;
  if (known === null) return { ...progress, epoch };
  if (epoch <= known) return { ...progress, epoch: known };
  const gaps = progress.gaps.map((gap): Gap => ({
    ...gap,
    proof: { type: "resend", sentTo: null },
    asked: 0,
  }));
  return { ...progress, epoch, newest: null, gaps };
}

/** An event was handled. Without a filter, one that leaves out a sequence shows a gap before any heartbeat does. */
export function withEvent(before: Progress, place: Place, terms: Terms): Progress {
  const now = inEpoch(before, place.epoch);
  if (!terms.unfiltered || place.epoch < now.epoch) return now;
  const { newest } = now;
  if (newest === null) return { ...now, newest: place };
  if (!isAfter(place, newest)) return now;
  const skipped = { after: newest, last: { ...place, sequence: place.sequence - 1 } };
  const gaps =
    skipped.last.sequence > newest.sequence
      ? withGap(now.gaps, { ...untold(skipped, true), askAfterMs: terms.nowMs + terms.graceMs })
      : now.gaps;
  return { ...now, newest: place, gaps };
}

/** What a heartbeat claims is a gap until it is compared with what came; what it leaves out is one as well. */
export function withHeartbeat(before: Progress, claim: Claim, { unfiltered }: Terms): Progress {
  const now = inEpoch(before, claim.last.epoch);
  const heard = now.heard ?? { start: claim.after, floor: claim.after, told: claim.after };
  const isNews = isAfter(claim.last, heard.told);
  const isLeap = isAfter(claim.after, heard.told);
  const told = later(heard.told, claim.last);
  const gaps = isLeap ? now.gaps.map(notSent) : now.gaps.filter((gap) => !wasSent(gap, claim.last));

  if (!isRemembered(claim, gaps, heard.floor)) {
    const rest = { after: heard.told, last: claim.last };
    return {
      ...now,
      heard: { ...heard, told },
      gaps: isNews ? withGap(gaps, untold(rest, unfiltered)) : gaps,
    };
  }
  if (!isNews && !gaps.some((gap) => isWithin(gap, claim))) return { ...now, heard, gaps };
  const leapt = isLeap ? withGap(gaps, untold({ after: heard.told, last: claim.after }, unfiltered)) : gaps;
  const { after, last, events, idsDigest } = claim;
  const proof = { type: "digest", events, idsDigest } as const;
  return {
    ...now,
    // The platform speaks of nothing before `after` again, unless it is asked to.
    heard: { ...heard, floor: later(heard.floor, after), told },
    newest: unfiltered && last.epoch === now.epoch ? later(now.newest ?? last, last) : now.newest,
    gaps: withGap(leapt, { after, last, proof, asked: 0, askAfterMs: 0 }),
  };
}

/** Whether all ids of the stretch are still kept: those up to the floor are in gaps alone, which are in order. */
function isRemembered({ after, last }: Stretch, gaps: readonly Gap[], floor: Place): boolean {
  const reach = gaps.reduce((at, gap) => (isAfter(gap.after, at) ? at : later(at, gap.last)), after);
  return !isAfter(earlier(floor, last), reach);
}

function untold({ after, last }: Stretch, unfiltered: boolean): Gap {
  const isCounted = unfiltered && after.epoch === last.epoch;
  return {
    after,
    last,
    proof: isCounted
      ? { type: "count", events: last.sequence - after.sequence }
      : { type: "resend", sentTo: null },
    asked: 0,
    askAfterMs: 0,
  };
}

const wasSent = ({ proof }: Gap, told: Place): boolean =>
  proof.type === "resend" && proof.sentTo !== null && isAfter(told, proof.sentTo);

/** Heartbeats leap where sending was switched off and on, and a replay that was under way ended there. */
const notSent = (gap: Gap): Gap =>
  gap.proof.type === "resend" ? { ...gap, proof: { type: "resend", sentTo: null } } : gap;

export function withoutGaps(progress: Progress, closed: readonly Gap[]): Progress {
  const keys = new Set(closed.map(gapKey));
  return { ...progress, gaps: progress.gaps.filter((gap) => !keys.has(gapKey(gap))) };
}
