import type { ProfileInput } from "../profile/profile";
import { recorded } from "./provenance";
import { column } from "./shared-columns";
import { ean, required, requiredText } from "./shared-rules";

const CHECKED = recorded("ValidaHub's rules for the category BRINQUEDOS");

export const CATEGORY_BRINQUEDOS_PROFILE = {
  schema_version: "1",
  channel: "category_brinquedos",
  version: "1.0.0",
  name: "Categoria: brinquedos",
  description:
    "What any channel asks of toys, beside its own rules. Not covered: Inmetro's certificate, and whether an age and its warning agree.",
  apply_fixes: ["safe"],
  columns: [
    { name: "age_range", aliases: ["faixa etaria", "idade", "idade recomendada", "idade minima", "edad"] },
    column("brand", "brand"),
    {
      name: "safety_warning",
      aliases: ["aviso de seguranca", "advertencia", "alerta de seguranca", "restricao"],
    },
    column("gtin", "gtin"),
  ],
  rules: [
    ...requiredText("age_range", CHECKED),
    ...requiredText("brand", CHECKED),
    required("safety_warning", CHECKED),
    ...ean(CHECKED),
  ],
} satisfies ProfileInput;
