import type { ProfileInput } from "../profile/profile";
import { documented, recorded, OWN } from "./provenance";
import { column } from "./shared-columns";
import { longest, price, required, requiredText, wholeNumber, unique } from "./shared-rules";

const CHECKED = recorded("Americanas' rules for products");
const PRICES = documented(
  'Americanas, SkyHub API, "Criação e atualização de produtos e variações no Marketplace" (desenvolvedores.skyhub.com.br)',
);

export const AMERICANAS_PROFILE = {
  schema_version: "1",
  channel: "americanas",
  version: "1.0.0",
  name: "Americanas",
  description:
    "Products on Americanas: what a product costs (preco_de) and for how much it is sold (preco_por). Not covered: " +
    "attributes by category, the marketplace's list of brands, packages and pictures.",
  apply_fixes: ["safe"],
  columns: [
    column("sku", "sku"),
    column("nome", "title"),
    column("descricao", "description"),
    {
      name: "preco_de",
      aliases: ["preço de", "preco original", "preco cheio", "list_price", "preco tabela"],
      type: "decimal",
    },
    column("preco_por", "price", { aliases: ["preço por", "promotional_price"], type: "decimal" }),
    column("estoque", "stock", { type: "integer" }),
  ],
  rules: [
    required("sku", CHECKED),
    unique("sku"),
    ...requiredText("nome", CHECKED),
    longest("nome", 100, CHECKED),
    longest("descricao", 3000, CHECKED),
    ...price("preco_de", 0.01, null, PRICES),
    ...price("preco_por", 0.01, null, PRICES),
    {
      id: "preco_por_below_preco_de",
      field: "preco_por",
      check: { type: "compare", op: "lte", field: "preco_de" },
      severity: "error",
      message: {
        "pt-BR": "Preço por: é maior que o preço de; confira se as duas colunas não estão trocadas.",
        en: "Preço por: is above preço de; see whether the two columns are swapped.",
        es: "Preço por: es mayor que el preço de; vea si las dos columnas están intercambiadas.",
      },
      ...CHECKED,
    },
    required("estoque", CHECKED),
    ...wholeNumber("estoque", 0, null, OWN),
  ],
} satisfies ProfileInput;
