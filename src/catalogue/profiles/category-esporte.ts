import type { ProfileInput } from "../profile/profile";
import { recorded } from "./provenance";
import { column } from "./shared-columns";
import { ean, requiredText } from "./shared-rules";

const CHECKED = recorded("ValidaHub's rules for the category ESPORTE");

export const CATEGORY_ESPORTE_PROFILE = {
  schema_version: "1",
  channel: "category_esporte",
  version: "1.0.0",
  name: "Categoria: esporte",
  description:
    "What any channel asks of sports goods, beside its own rules. Not covered: which sports there are, and tables of sizes.",
  apply_fixes: ["safe"],
  columns: [
    column("size", "size"),
    column("brand", "brand"),
    { name: "sport_type", aliases: ["esporte", "modalidade", "tipo de esporte", "sport", "deporte"] },
    column("gtin", "gtin"),
  ],
  rules: [
    ...requiredText("size", CHECKED),
    ...requiredText("brand", CHECKED),
    ...requiredText("sport_type", CHECKED),
    ...ean(CHECKED),
  ],
} satisfies ProfileInput;
