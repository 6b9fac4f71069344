import type { ProfileInput } from "../profile/profile";
import { recorded, OWN } from "./provenance";
import { column } from "./shared-columns";
import { ean, required } from "./shared-rules";

const CHECKED = recorded("ValidaHub's rules for the category ALIMENTOS");

export const CATEGORY_ALIMENTOS_PROFILE = {
  schema_version: "1",
  channel: "category_alimentos",
  version: "1.0.0",
  name: "Categoria: alimentos",
  description:
    "What any channel asks of food, beside its own rules. Not covered: whether a date has passed, allergens, registration, and storage.",
  apply_fixes: ["safe"],
  columns: [
    {
      name: "expiry_date",
      aliases: ["validade", "data de validade", "vencimento", "data_validade", "caducidad"],
      type: "date",
    },
    column("ingredients", "ingredients"),
    {
      name: "nutritional_info",
      aliases: ["informacao nutricional", "tabela nutricional", "info_nutricional", "nutrition"],
    },
    column("gtin", "gtin"),
  ],
  rules: [
    required("expiry_date", CHECKED),
    {
      id: "expiry_date_iso",
      field: "expiry_date",
      check: { type: "date", format: "iso" },
      fix: { type: "normalize_date" },
      severity: "error",
      ...OWN,
    },
    required("ingredients", CHECKED),
    required("nutritional_info", CHECKED),
    ...ean(CHECKED),
  ],
} satisfies ProfileInput;
