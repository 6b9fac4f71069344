import { parseProfile, type Profile } from "../../../src/catalogue/profile/profile";

/** 12 rules, 5 of them with a correction: what the former service asked of a catalogue, over 9 of 20 columns. */
export const BENCH_PROFILE: Profile = benchProfile();

function benchProfile(): Profile {
  const parsed = parseProfile({
    channel: "bench",
    version: "1.0.0",
    mappings: {
      condition: { novo: "new", usado: "used", recondicionado: "refurbished" },
      listing_type: { classico: "gold_special", premium: "gold_pro", gratis: "free" },
    },
    rules: [
      { id: "sku_required", field: "sku", check: { type: "required" } },
      { id: "title_required", field: "title", check: { type: "required" } },
      { id: "title_length", field: "title", check: { type: "length", min: 10, max: 60 } },
      {
        id: "title_spaces",
        field: "title",
        check: { type: "normalized", trim: true, collapse_spaces: true },
        fix: { type: "normalize", trim: true, collapse_spaces: true },
        severity: "warning",
      },
      { id: "gtin_digit", field: "gtin", check: { type: "gtin" } },
      { id: "price_required", field: "price", check: { type: "required" } },
      {
        id: "price_decimal",
        field: "price",
        check: { type: "decimal", scale: 2 },
        fix: { type: "normalize_decimal" },
        severity: "warning",
      },
      { id: "price_range", field: "price", check: { type: "range", min: 0.01, max: 999_999.99 } },
      {
        id: "currency_case",
        field: "currency",
        check: { type: "normalized", uppercase: true },
        fix: { type: "normalize", uppercase: true },
        severity: "warning",
      },
      {
        id: "stock_range",
        field: "stock",
        check: { type: "range", min: 1, max: 999 },
        severity: "warning",
      },
      {
        id: "condition_set",
        field: "condition",
        check: { type: "in_set", values: ["new", "used", "refurbished"] },
        fix: { type: "map_value", mapping: "condition" },
      },
      {
        id: "listing_type_set",
        field: "listing_type_id",
        check: { type: "in_set", values: ["gold_special", "gold_pro", "free"] },
        fix: { type: "map_value", mapping: "listing_type" },
      },
    ],
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}
