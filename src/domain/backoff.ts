export interface Backoff {
  readonly baseMs: number;
  readonly capMs: number;
}

/** Full jitter: anywhere between nothing and the exponential bound, so that many who failed together come back apart. */
export function fullJitterMs(failures: number, { baseMs, capMs }: Backoff, random: number): number {
  const boundMs = Math.min(capMs, baseMs * 2 ** Math.min(30, Math.max(0, failures - 1)));
  return Math.floor(boundMs * random);
}
