import { err, ok, type Result } from "./result";

/** Up to here a file comes in one PUT (CONTRACT §2). */
const SINGLE_PUT_BYTES = 64 * 1024 ** 2;

/** Half of what the strictest plan lets one request carry (100 MB), and 160 parts for the largest tier's 5 GiB. */
const PART_BYTES = 32 * 1024 ** 2;

/** What R2 takes at most in one upload. */
export const MAX_PARTS = 10_000;
export const MAX_MULTIPART_BYTES = MAX_PARTS * PART_BYTES;

/** How a file is cut: `partBytes` each, the last one what remains. Stored and signed, so that it may change later. */
export interface PartPlan {
  readonly sizeBytes: number;
  readonly partBytes: number;
}

export interface ClaimedPart {
  readonly partNumber: number;
  readonly etag: string;
}

/** Part numbers, ascending, at most ten of each: an answer stays readable however wrong the list is. */
export interface PartFaults {
  readonly missing: readonly number[];
  readonly repeated: readonly number[];
  readonly unknown: readonly number[];
}

/** The plan of a file of this size; null where one PUT carries it. */
export const planParts = (sizeBytes: number): PartPlan | null =>
  sizeBytes > SINGLE_PUT_BYTES ? { sizeBytes, partBytes: PART_BYTES } : null;

export const partCount = ({ sizeBytes, partBytes }: PartPlan): number => Math.ceil(sizeBytes / partBytes);

/** Every part of a plan with its exact size, in order. */
export const partsOf = (
  plan: PartPlan,
): readonly { readonly partNumber: number; readonly sizeBytes: number }[] =>
  Array.from({ length: partCount(plan) }, (_part, index) => ({
    partNumber: index + 1,
    sizeBytes: Math.min(plan.partBytes, plan.sizeBytes - index * plan.partBytes),
  }));

/** Whether a client's list names every part of the plan exactly once; the list in order, or what is wrong with it. */
export function orderParts(
  plan: PartPlan,
  claimed: readonly ClaimedPart[],
): Result<readonly ClaimedPart[], PartFaults> {
  const count = partCount(plan);
  const seen = new Set<number>();
  const repeated = new Set<number>();
  for (const { partNumber } of claimed) (seen.has(partNumber) ? repeated : seen).add(partNumber);
  const missing: number[] = [];
  for (let number = 1; number <= count && missing.length < MAX_NAMED; number++)
    if (!seen.has(number)) missing.push(number);
  const unknown = [...seen].filter((number) => number < 1 || number > count);
  if (missing.length + repeated.size + unknown.length > 0)
    return err({ missing, repeated: named(repeated), unknown: named(unknown) });
  return ok(claimed.toSorted(byNumber));
}

const MAX_NAMED = 10;

const named = (numbers: Iterable<number>): readonly number[] =>
  [...numbers].toSorted((a, b) => a - b).slice(0, MAX_NAMED);

const byNumber = (a: ClaimedPart, b: ClaimedPart): number => a.partNumber - b.partNumber;
