import type { Gap } from "./gap.ts";
import { isAfter, placeText, type Place } from "./place.ts";
import type { Progress } from "./progress.ts";

/** When a replay is asked for, and from where. Pure. */

export interface ReplayTerms {
  /** After the first one; each further one for the same gap doubles it. */
  readonly baseMs: number;
  readonly capMs: number;
  /** For one gap. Then somebody has to look into it. */
  readonly most: number;
}

export const REPLAY_TERMS: ReplayTerms = { baseMs: 60_000, capMs: 3_600_000, most: 8 };

export interface ReplayRequest {
  /** EPOCH-SEQ: everything from that event on. */
  readonly fromSequence: string;
  /** Of this attempt alone: under a key that was used the platform gives its first answer, and sends nothing. */
  readonly idempotencyKey: string;
}

export interface PlannedReplay {
  readonly request: ReplayRequest;
  readonly after: Place;
}

/** The earliest gap that is due; a replay from there brings all later ones as well. */
export function planReplay(
  progress: Progress,
  { baseMs, capMs, most }: ReplayTerms,
  nowMs: number,
): readonly [Progress, PlannedReplay | null] {
  if (nowMs < progress.askAtMs) return [progress, null];
  const gap = progress.gaps.find((each) => each.asked < most && each.askAfterMs <= nowMs && !isAwaited(each));
  if (!gap) return [progress, null];
  const { after, last, asked } = gap;
  const gaps = progress.gaps.map((each) =>
    isAfter(after, each.after) ? each : { ...each, asked: each.asked + 1 },
  );
  const fromSequence = placeText({ ...after, sequence: after.sequence + 1 });
  const idempotencyKey = ["gap", fromSequence, placeText(last), nowMs].join("-");
  return [
    { ...progress, gaps, askAtMs: nowMs + Math.min(baseMs * 2 ** asked, capMs) },
    { request: { fromSequence, idempotencyKey }, after },
  ];
}

/** The platform has begun a replay from `after`; `sentTo` was the newest event then. */
export const withReplay = (progress: Progress, after: Place, sentTo: Place): Progress => ({
  ...progress,
  gaps: progress.gaps.map((gap): Gap =>
    gap.proof.type === "resend" && !isAfter(after, gap.after)
      ? { ...gap, proof: { type: "resend", sentTo } }
      : gap,
  ),
});

/** It was sent again; the next heartbeat tells. */
const isAwaited = ({ proof }: Gap): boolean => proof.type === "resend" && proof.sentTo !== null;
