/** The one GTIN that a text holds, and whether the text around it says nothing else. */

import { compileCheck } from "../checks/checks";

const DIGIT_RUN = /(?<![\p{L}\p{N}])\d{8,14}(?![\p{L}\p{N}])/gu;
/** What may stand beside a code without telling anything that its loss would lose. */
const LABELS = /\b(?:ean|gtin|upc|dun|codigo de barras|cod barras|barcode|cod|codigo|no|n)\b/g;

export interface FoundGtin {
  readonly gtin: string;
  /** Nothing but labels and punctuation stood around it. */
  readonly isAlone: boolean;
}

/** Null if there is none with a right check digit, or more than one: then nobody can say which is meant. */
export function findGtin(text: string): FoundGtin | null {
  const { judge } = compileCheck({ type: "gtin" }, {});
  const candidates = new Set([...text.matchAll(DIGIT_RUN)].map(([run]) => run));
  const valid = [...candidates].filter((run) => judge(run) === null);
  const gtin = valid[0];
  if (gtin === undefined || valid.length > 1) return null;
  const rest = text.replaceAll(gtin, " ").normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  return { gtin, isAlone: !/[\p{L}\p{N}]/u.test(rest.replace(/[.:#º°()-]/gu, " ").replace(LABELS, " ")) };
}
