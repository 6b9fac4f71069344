export interface Ratio {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** What one round gave: the more the better, for both sides in the same unit. */
export interface Round {
  readonly measured: number;
  readonly reference: number;
}

export interface Sides {
  readonly measured: () => Promise<number>;
  readonly reference: () => Promise<number>;
}

/** Both sides in turn, the first one of a round alternating, so that a drift of the machine hits both alike. */
export async function interleave(sides: Sides, rounds: number): Promise<Round[]> {
  const done: Round[] = [];
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) {
      const reference = await sides.reference();
      done.push({ reference, measured: await sides.measured() });
    } else {
      const measured = await sides.measured();
      done.push({ measured, reference: await sides.reference() });
    }
  }
  return done;
}

/** The ratio round by round, so that both numbers of a ratio are from about the same second. */
export function ratioOf(rounds: readonly Round[]): Ratio {
  const ratios = rounds.map(({ measured, reference }) => measured / reference);
  return { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios) };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1] ?? Number.NaN;
  const lower = sorted[(sorted.length - 1) >> 1] ?? Number.NaN;
  return (lower + upper) / 2;
}
