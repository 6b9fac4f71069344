/** Where a run stands between two rows: a run over the same bytes with the same profile goes on from it. */

import type { ReportState } from "../report/report";

/** What is to be kept of a run; both parts belong together. Another version of the engine may refuse it. */
export interface RunState {
  readonly json: string;
  readonly bytes: Uint8Array;
}

export interface RunPlace {
  /** Of the first row that was not judged, in the source as it was sent, inflated and not yet decoded. */
  readonly offset: number;
  readonly line: number;
  readonly rows: number;
  readonly errors: number;
  readonly warnings: number;
  readonly corrections: number;
  /** By field: cells that are written in another convention than their column's. */
  readonly contradictions: readonly (readonly [field: string, count: number])[];
  readonly mixedLineEnds: number;
  /** The offset lies inside of a row that is too long, and is passed over. */
  readonly isSkipping: boolean;
  readonly bytesWritten: number;
  readonly report: ReportState;
}

const VERSION = 4;

export const packState = (place: RunPlace, bytes: Uint8Array): RunState => ({
  json: JSON.stringify({ version: VERSION, ...place }),
  bytes,
});

/** Null for what another version has packed. */
export function unpackPlace({ json }: RunState): RunPlace | null {
  const { version, ...place } = JSON.parse(json) as RunPlace & { readonly version: unknown };
  return version === VERSION ? place : null;
}
