/** What a marketplace says is wrong with an item, one thing at a time, whichever marketplace it is. */

import { cut } from "../fold";
import type { Severity } from "../profile/profile";

export const VERDICT_FORMATS = ["mercado_livre", "amazon"] as const;
export type VerdictFormat = (typeof VERDICT_FORMATS)[number];

export interface Cause {
  /** The marketplace's own; "" if it gives none. */
  readonly code: string;
  /** Mercado Livre's number of the validation, by which some codes are told apart. */
  readonly causeId: string | null;
  readonly severity: Severity;
  readonly message: string;
  /** As the marketplace calls what it means, surest first. */
  readonly attributes: readonly string[];
  /** Amazon's classes of issues. */
  readonly categories: readonly string[];
  /** The item that the marketplace says it is about. */
  readonly sku: string | null;
  /** Which of a feed's messages it is about. */
  readonly messageId: number | null;
}

export interface ReadAnswer {
  readonly causes: readonly Cause[];
  /** There was more than is looked at. */
  readonly isCut: boolean;
}

const CODE_MAX = 120;
const MESSAGE_MAX = 1_000;
const NAMES_MAX = 20;
const NAME_MAX = 100;

export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const textOf = (value: unknown, max: number): string =>
  typeof value === "string" || typeof value === "number" ? cut(String(value), max) : "";

export const codeOf = (value: unknown): string => textOf(value, CODE_MAX).trim();
export const messageOf = (value: unknown): string => textOf(value, MESSAGE_MAX).trim();

export function namesOf(...lists: readonly unknown[]): string[] {
  const names = lists
    .flatMap((list) => (Array.isArray(list) ? list : [list]))
    .filter((name): name is string => typeof name === "string" && name !== "" && name.length <= NAME_MAX);
  return [...new Set(names)].slice(0, NAMES_MAX);
}

/** What stands for nothing that is known is taken for the worst. */
export function severityOf(value: unknown): Severity {
  const told = typeof value === "string" ? value.toLowerCase() : "";
  return told === "warning" || told === "info" ? told : "error";
}
