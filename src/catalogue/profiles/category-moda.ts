import type { ProfileInput } from "../profile/profile";
import { recorded } from "./provenance";
import { column } from "./shared-columns";
import { requiredText } from "./shared-rules";

const CHECKED = recorded("ValidaHub's rules for the category MODA");

export const CATEGORY_MODA_PROFILE = {
  schema_version: "1",
  channel: "category_moda",
  version: "1.0.0",
  name: "Categoria: moda",
  description:
    "What any channel asks of fashion, beside its own rules. Not covered: tables of sizes, and whether a size belongs to one.",
  apply_fixes: ["safe"],
  columns: [column("size", "size"), column("color", "color"), column("material", "material")],
  rules: [
    ...requiredText("size", CHECKED),
    ...requiredText("color", CHECKED),
    ...requiredText("material", CHECKED),
  ],
} satisfies ProfileInput;
