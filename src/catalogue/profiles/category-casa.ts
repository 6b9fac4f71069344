import type { ProfileInput } from "../profile/profile";
import { recorded, OWN } from "./provenance";
import { column } from "./shared-columns";
import { ean, required, requiredText } from "./shared-rules";

const CHECKED = recorded("ValidaHub's rules for the category CASA");

export const CATEGORY_CASA_PROFILE = {
  schema_version: "1",
  channel: "category_casa",
  version: "1.0.0",
  name: "Categoria: casa",
  description:
    "What any channel asks of things for the home, beside its own rules. Dimensions are three sides, in centimetres where no unit is given. Not covered: weight, assembly and voltage.",
  apply_fixes: ["safe"],
  columns: [
    { name: "dimensions", aliases: ["dimensoes", "medidas", "tamanho (cm)", "dimensoes do produto"] },
    column("material", "material"),
    column("color", "color"),
    column("gtin", "gtin"),
  ],
  rules: [
    required("dimensions", CHECKED),
    {
      id: "dimensions_format",
      field: "dimensions",
      check: { type: "dimensions", units: ["cm", "mm", "m"] },
      fix: { type: "format_dimensions" },
      severity: "warning",
      ...OWN,
    },
    ...requiredText("material", CHECKED),
    ...requiredText("color", CHECKED),
    ...ean(CHECKED),
  ],
} satisfies ProfileInput;
