import fc from "fast-check";
import type { Finding } from "../support";
import { profileOf } from "../support";

/** A soup of rows that repeat a lot, the profile they are judged by, and what a plain Map finds in them. */

export interface Row {
  readonly sku: string;
  readonly color: string;
  readonly gtin: string;
  readonly active: string;
}

export const SOUP_PROFILE = profileOf([
  {
    id: "sku_trim",
    field: "sku",
    check: { type: "normalized", trim: true },
    fix: { type: "normalize", trim: true },
    severity: "warning",
  },
  {
    id: "active_map",
    field: "active",
    check: { type: "in_set", values: ["yes", "no"] },
    fix: { type: "map_value", mapping: "active" },
    severity: "info",
  },
  { id: "sku_unique", field: "sku", check: { type: "unique" } },
  {
    id: "variant",
    field: "color",
    check: { type: "unique_together", fields: ["sku", "active"], ignore_case: true },
    severity: "warning",
  },
  {
    id: "gtin_unique",
    field: "gtin",
    when: "active == 'yes'",
    check: { type: "unique", as: "gtin" },
    severity: "info",
  },
], { mappings: { active: { sim: "yes", "não": "no" } } }); // prettier-ignore

const sku = fc.oneof(
  fc.constantFrom("A1", " A1", "A1 ", "a1", "", "  ", "É", "é", ' É"', 'q"', "x,y", "two\nlines"),
  fc.nat({ max: 60 }).map((n) => `S${n}`),
);
const gtin = fc.oneof(
  fc.constantFrom("", "96385074", "00000096385074", "0000096385074", "12345670", "x"),
  fc.nat({ max: 40 }).map((n) => `7891234000${n + 100}`),
);

export const rows: fc.Arbitrary<Row[]> = fc.array(
  fc.record({
    sku,
    color: fc.constantFrom("", "red", "Red", "azul", "AZUL"),
    gtin,
    active: fc.constantFrom("yes", "no", "sim", "não", ""),
  }),
  { maxLength: 120 },
);

export function csvOf(all: readonly Row[]): string {
  const cell = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = all.map(({ sku, color, gtin, active }) =>
    [sku, color, gtin, active, "."].map(cell).join(","),
  );
  return ["sku,color,gtin,active,rest", ...lines].join("\n");
}

export interface Expected {
  readonly duplicates: readonly string[];
  readonly errors: number;
  readonly warnings: number;
}

export function expectedOf(all: readonly Row[]): Expected {
  const seen = new Map<string, number>();
  const duplicates: string[] = [];
  let [errors, warnings] = [0, 0];
  all.forEach((row, i) => {
    const number = i + 1;
    const sku = row.sku.trim();
    const active = { sim: "yes", não: "no" }[row.active] ?? row.active;
    const gtin = /^(\d{8}|\d{12,14})$/.test(row.gtin) ? row.gtin.padStart(14, "0") : row.gtin;
    let hasWarning = row.sku.trim() !== "" && row.sku !== sku;
    let hasError = false;
    const repeats = (rule: string, key: readonly string[]): boolean => {
      if (key.every((part) => part === "")) return false;
      const id = JSON.stringify([rule, ...key]);
      const first = seen.get(id);
      if (first === undefined) seen.set(id, number);
      else duplicates.push(`${rule} ${number}<${first}`);
      return first !== undefined;
    };
    if (repeats("sku_unique", [sku])) hasError = true;
    if (
      repeats(
        "variant",
        [row.color, sku, active].map((part) => part.toLowerCase()),
      )
    )
      hasWarning = true;
    if (active === "yes") repeats("gtin_unique", [gtin]);
    if (hasError) errors++;
    else if (hasWarning) warnings++;
  });
  return { duplicates, errors, warnings };
}

export function duplicatesIn(findings: readonly Finding[]): string[] {
  return findings
    .filter(({ code }) => code.endsWith("_DUPLICATE"))
    .map(({ rule_id, row, first }) => `${rule_id} ${row}<${first?.row}`);
}
