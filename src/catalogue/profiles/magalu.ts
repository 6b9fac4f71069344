import type { ProfileInput } from "../profile/profile";
import { documented, recorded, OWN } from "./provenance";
import { column } from "./shared-columns";
import { longest, price, required, requiredText, wholeNumber, unique } from "./shared-rules";

const CHECKED = recorded("Magalu's rules for products");
const OPEN_API = documented('Magalu, "Inserir SKU" (developers.magalu.com/docs/seller-produtos/post_skus)');

export const MAGALU_PROFILE = {
  schema_version: "1",
  channel: "magalu",
  version: "1.0.0",
  name: "Magalu",
  description:
    "Products on Magalu. A description of more than 4000 characters is a warning: the record allows no more, the " +
    "marketplace's open API takes 7000. Not covered: attributes by category, packages, pictures and channels.",
  apply_fixes: ["safe"],
  columns: [
    column("sku", "sku"),
    column("titulo", "title"),
    column("descricao", "description"),
    column("preco", "price", { type: "decimal" }),
    column("estoque", "stock", { type: "integer" }),
    column("categoria", "category"),
  ],
  rules: [
    required("sku", CHECKED),
    unique("sku"),
    { id: "sku_length_max", field: "sku", check: { type: "length_max", max: 50 }, ...OPEN_API },
    ...requiredText("titulo", CHECKED),
    longest("titulo", 150, CHECKED),
    longest("descricao", 4000, CHECKED, "warning"),
    { ...longest("descricao", 7000, OPEN_API), id: "descricao_length_refused" },
    ...price("preco", 0.01, null, CHECKED, OWN),
    required("estoque", CHECKED),
    ...wholeNumber("estoque", 0, null, OWN),
    required("categoria", CHECKED),
  ],
} satisfies ProfileInput;
