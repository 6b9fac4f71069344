import type { ProfileInput } from "../profile/profile";
import { recorded } from "./provenance";
import { column } from "./shared-columns";
import { ean, requiredText } from "./shared-rules";

const CHECKED = recorded("ValidaHub's rules for the category ELETRONICOS");

export const CATEGORY_ELETRONICOS_PROFILE = {
  schema_version: "1",
  channel: "category_eletronicos",
  version: "1.0.0",
  name: "Categoria: eletrônicos",
  description:
    "What any channel asks of electronics, beside its own rules. Not covered: certificates such as Anatel's, voltage and energy labels.",
  apply_fixes: ["safe"],
  columns: [
    column("brand", "brand"),
    column("model", "model"),
    column("warranty", "warranty"),
    column("gtin", "gtin"),
  ],
  rules: [
    ...requiredText("brand", CHECKED),
    ...requiredText("model", CHECKED),
    ...requiredText("warranty", CHECKED),
    ...ean(CHECKED),
  ],
} satisfies ProfileInput;
