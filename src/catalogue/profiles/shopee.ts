import type { ProfileInput } from "../profile/profile";
import { recorded, OWN } from "./provenance";
import { column } from "./shared-columns";
import { longest, price, required, requiredText, wholeNumber, unique } from "./shared-rules";

const CHECKED = recorded("Shopee's rules for products");

/** Paths are looked at part by part: `Moda > Vestidos` is fashion. */
const FASHION = {
  categories: ["Moda", "Moda Feminina", "Moda Masculina", "Fashion", "Vestuário", "Roupas", "Calçados"],
};

export const SHOPEE_PROFILE = {
  schema_version: "1",
  channel: "shopee",
  version: "1.0.0",
  name: "Shopee",
  description:
    "Products on Shopee Brazil. Size and colour are asked of rows whose category is one of fashion by its name. Not " +
    "covered: which categories there are, which of their numbers are fashion, their attributes, logistics and pictures.",
  apply_fixes: ["safe"],
  columns: [
    column("sku", "sku"),
    column("name", "title"),
    column("description", "description"),
    column("price", "price", { type: "decimal" }),
    column("stock", "stock", { type: "integer" }),
    column("category_id", "category", { aliases: ["id da categoria"] }),
    column("size", "size"),
    column("color", "color"),
  ],
  scope_fields: { category: ["category_id"] },
  rules: [
    required("sku", CHECKED),
    unique("sku"),
    ...requiredText("name", CHECKED),
    longest("name", 100, CHECKED),
    longest("description", 3000, CHECKED),
    ...price("price", 0.01, null, CHECKED, OWN),
    required("stock", CHECKED),
    ...wholeNumber("stock", 0, null, OWN),
    required("category_id", CHECKED),
    { ...required("size", CHECKED), scope: FASHION },
    { ...required("color", CHECKED), scope: FASHION },
  ],
} satisfies ProfileInput;
