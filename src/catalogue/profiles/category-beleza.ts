import type { ProfileInput } from "../profile/profile";
import { recorded, OWN } from "./provenance";
import { column } from "./shared-columns";
import { ean, required, requiredText } from "./shared-rules";

const CHECKED = recorded("ValidaHub's rules for the category BELEZA");

export const CATEGORY_BELEZA_PROFILE = {
  schema_version: "1",
  channel: "category_beleza",
  version: "1.0.0",
  name: "Categoria: beleza",
  description:
    "What any channel asks of beauty products, beside its own rules. Not covered: registration with Anvisa, and the names of ingredients.",
  apply_fixes: ["safe"],
  columns: [
    column("brand", "brand"),
    { name: "volume", aliases: ["conteudo", "conteudo liquido", "volume liquido", "contenido"] },
    column("ingredients", "ingredients", { aliases: ["composicao", "formula"] }),
    column("gtin", "gtin"),
  ],
  rules: [
    ...requiredText("brand", CHECKED),
    required("volume", CHECKED),
    {
      id: "volume_measure",
      field: "volume",
      check: { type: "measure", units: ["mL", "L"] },
      fix: { type: "convert_units" },
      severity: "warning",
      ...OWN,
    },
    required("ingredients", CHECKED),
    ...ean(CHECKED),
  ],
} satisfies ProfileInput;
