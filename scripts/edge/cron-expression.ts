const RANGES = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
] as const;

/**
 * Is this minute (UTC) one of the expression's? Numbers, `*`, lists, ranges and steps are understood; names and
 * Quartz's `L`, `W` and `#` are not, and throw.
 */
export function isDue(expression: string, atMs: number): boolean {
  const fields = expression.trim().split(/\s+/);
  if (fields.length !== RANGES.length)
    throw new Error(`"${expression}" is not a cron expression of five fields`);
  const at = new Date(atMs);
  const now = [at.getUTCMinutes(), at.getUTCHours(), at.getUTCDate(), at.getUTCMonth() + 1, at.getUTCDay()];
  return fields.every((field, index) => matches(field, index, now[index] ?? 0));
}

function matches(field: string, index: number, value: number): boolean {
  const [min, max] = RANGES[index] ?? [0, 0];
  return field.split(",").some((part) => {
    const [, from, to, step] = /^(?:\*|(\d+)(?:-(\d+))?)(?:\/(\d+))?$/.exec(part) ?? notUnderstood(part);
    const first = from === undefined ? min : Number(from);
    const last = to === undefined ? (from === undefined || step !== undefined ? max : first) : Number(to);
    const isSunday = index === 4 && value === 0 && last === 7;
    return [value, ...(isSunday ? [7] : [])].some(
      (candidate) => candidate >= first && candidate <= last && (candidate - first) % Number(step ?? 1) === 0,
    );
  });
}

function notUnderstood(part: string): never {
  throw new Error(`"${part}" in a cron expression is not understood here`);
}
