/** Columns that are not in the file: what an enrichment makes of the others. */

import { evaluate, textOf } from "../checks/expression";
import { fieldsOf, parseExpression } from "../checks/expression-syntax";
import { joinFields } from "../fixes/fixes";
import type { ReadField } from "../checks/row-checks";
import type { DerivedSpec } from "./profile";

export interface DerivedColumn {
  readonly name: string;
  readonly reads: readonly string[];
  /** The cell's text; "" where nothing can be told. */
  readonly derive: (read: ReadField) => string;
}

/** Expects what the linter has accepted. */
export function compileDerived({ name, from }: DerivedSpec): DerivedColumn {
  if (typeof from !== "string") {
    return { name, reads: from.concatenate, derive: joinFields(from.concatenate, from.separator) };
  }
  const parsed = parseExpression(from);
  if (!parsed.ok) throw new Error(`expression was not linted: ${parsed.error}`);
  const expression = parsed.value;
  return { name, reads: fieldsOf(expression), derive: (read) => textOf(evaluate(expression, read)) };
}
