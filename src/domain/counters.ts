/** What a job says of its file, in data rows (CONTRACT §4): `errors + warnings <= processed <= total`. */
export interface Counters {
  readonly total: number;
  readonly processed: number;
  readonly errors: number;
  readonly warnings: number;
  readonly corrections: number;
}

export const ZERO_COUNTERS: Counters = { total: 0, processed: 0, errors: 0, warnings: 0, corrections: 0 };
