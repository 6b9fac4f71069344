import type { Ratio, Round } from "./rounds.ts";

/** One line of the table, and one member of bench-results.json. */
export interface BenchRow {
  readonly name: string;
  readonly what: string;
  readonly reference: string;
  readonly unit: string;
  /** A ratio to the reference, or a number by itself where there is none. */
  readonly value: Ratio | number;
  readonly goal: Goal | null;
  readonly rounds: readonly Round[];
  /** What else was found along with the value, by name. */
  readonly parts?: Readonly<Record<string, number>>;
}

export type Goal = { readonly atLeast: number } | { readonly atMost: number };

const COLUMNS = ["name", "measured / reference", "value", "spread", "absolute", "goal", ""] as const;

/** Null where the row has no goal. */
export function isMet({ value, goal }: BenchRow): boolean | null {
  if (goal === null) return null;
  const reached = typeof value === "number" ? value : value.median;
  return "atLeast" in goal ? reached >= goal.atLeast : reached <= goal.atMost;
}

export function table(rows: readonly BenchRow[], absolute: (row: BenchRow) => string): string {
  const lines = [COLUMNS, ...rows.map((row) => cells(row, absolute(row)))];
  const widths = COLUMNS.map((_, at) => Math.max(...lines.map((line) => (line[at] ?? "").length)));
  return lines
    .map((line) => line.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  "))
    .map((line) => line.trimEnd())
    .join("\n");
}

function cells(row: BenchRow, absolute: string): readonly string[] {
  const { name, what, reference, value, goal } = row;
  const met = isMet(row);
  return [
    name,
    reference === "" ? what : `${what} / ${reference}`,
    typeof value === "number" ? short(value) : value.median.toFixed(2),
    typeof value === "number" ? "" : `${value.min.toFixed(2)} .. ${value.max.toFixed(2)}`,
    absolute,
    goal === null ? "" : "atLeast" in goal ? `>= ${goal.atLeast}` : `<= ${goal.atMost}`,
    met === null ? "" : met ? "ok" : "short",
  ];
}

const short = (value: number): string => String(Math.round(value * 100) / 100);
