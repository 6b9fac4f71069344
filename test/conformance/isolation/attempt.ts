import type { Operation } from "./document";
import type { Foreign } from "./foreign";

/** One request, down to its characters. */
export interface Call {
  readonly method: string;
  /** With its origin, or without. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A call and what of it its answer may repeat. */
export interface Sent {
  readonly call: Call;
  readonly echoes: readonly string[];
}

/** What an attempt must be answered with, beside being answered like its likeness. */
export type Expected = 400 | 401 | 403 | 404 | "success" | "any";

/** The same request twice: once with what is another tenant's, once with what is nobody's. */
export interface Attempt {
  readonly operation: Operation;
  readonly carrier: string;
  readonly what: string;
  readonly expected: Expected;
  /** The code of the problem, where it is said which. */
  readonly code?: string;
  /** Its success makes something: ids, times and signatures of the two answers are not the same. */
  readonly makes: boolean;
  readonly foreign: Sent;
  readonly random: Sent;
}

type Said = Pick<Attempt, "operation" | "carrier" | "what" | "expected" | "makes"> & {
  readonly code?: string;
};

/** An attempt with one thing of the other tenant's; `build` makes the call, and is called afresh for each of the two. */
export function attempt(
  said: Said,
  { value, like, echoOf }: Foreign,
  build: (value: string) => Call,
): Attempt {
  const sent = (text: string): Sent => {
    const call = build(text);
    const key = call.headers["idempotency-key"];
    return { call, echoes: [echoOf?.(text) ?? text, ...(key === undefined ? [] : [key])] };
  };
  return { ...said, foreign: sent(value), random: sent(like()) };
}
