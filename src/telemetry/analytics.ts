/** One fact for exploration. It may be sampled, and is never what a bill is made of. */
export interface Point {
  /** What it is sampled by: the tenant. */
  readonly index: string;
  readonly blobs: readonly string[];
  readonly doubles: readonly number[];
}

/** Analytics Engine drops what is beyond these without a word. */
const MAX_BLOBS = 20;
const MAX_DOUBLES = 20;
const MAX_INDEX_BYTES = 96;
const MAX_BLOB_BYTES = 16 * 1024;
/** In one invocation. */
export const MAX_POINTS = 250;

/** Writes points that fit, and refuses others: a fact that is dropped in silence is worse than an error. */
export class Analytics {
  constructor(private readonly dataset: Pick<AnalyticsEngineDataset, "writeDataPoint">) {}

  write(points: readonly Point[]): void {
    if (points.length > MAX_POINTS)
      throw new RangeError(`One invocation writes at most ${MAX_POINTS} points.`);
    for (const point of points) requireFit(point);
    for (const { index, blobs, doubles } of points)
      this.dataset.writeDataPoint({ indexes: [index], blobs: [...blobs], doubles: [...doubles] });
  }
}

function requireFit({ index, blobs, doubles }: Point): void {
  const bytes = (text: string): number => new TextEncoder().encode(text).length;
  if (blobs.length > MAX_BLOBS) throw new RangeError(`A point has at most ${MAX_BLOBS} blobs.`);
  if (doubles.length > MAX_DOUBLES) throw new RangeError(`A point has at most ${MAX_DOUBLES} doubles.`);
  if (doubles.some((value) => !Number.isFinite(value))) throw new RangeError("A double is a finite number.");
  if (bytes(index) > MAX_INDEX_BYTES) throw new RangeError(`An index has at most ${MAX_INDEX_BYTES} bytes.`);
  if (blobs.reduce((sum, blob) => sum + bytes(blob), 0) > MAX_BLOB_BYTES)
    throw new RangeError(`A point's blobs have at most ${MAX_BLOB_BYTES} bytes.`);
}
