import type { ProfileInput } from "../profile/profile";
import { MERCADO_LIVRE_PROFILE } from "./mercado-livre";
import { documented } from "./provenance";
import { column } from "./shared-columns";
import { required, validGtin, unique } from "./shared-rules";

const IDENTIFIERS = documented(
  'Mercado Livre, "Identificadores de produtos" (developers.mercadolivre.com.br/identificadores-de-produtos)',
);
const CATEGORIES = documented(
  'Mercado Livre, "Categorias e Atributos" (developers.mercadolivre.com.br/pt_br/categorias-e-atributos-veiculos), and for MLB1000 public code that lists its categories',
);
const PICTURES = documented(
  'Mercado Livre, "Working with pictures" (developers.mercadolivre.com.br/en_us/working-with-pictures)',
);

const { mappings, columns, rules } = MERCADO_LIVRE_PROFILE;

/**
 * Since 1.0.0: codes of products, repeated SKUs, pictures that are missing, modes of shipping in any case, other ids of
 * categories.
 */
export const MERCADO_LIVRE_1_1_PROFILE = {
  ...MERCADO_LIVRE_PROFILE,
  version: "1.1.0",
  description:
    "Items of Mercado Livre Brazil that are published with a title. Not covered: the attributes that each category " +
    "asks for, whether a category asks for a GTIN, variations, and whether the id of a category exists and takes " +
    "items. Sellers under User Products want mercado_livre_user_products.",
  columns: [...columns, column("gtin", "gtin")],
  mappings: {
    ...mappings,
    shipping: { me2: "me2", not_specified: "not_specified", custom: "custom" },
    // As in the marketplace's list of categories, where MLB1051 is phones and MLB1459 real estate.
    category: { ...mappings.category, Eletrônicos: "MLB1000", Casa: "MLB1574" },
  },
  rules: [
    ...rules.map((rule) => {
      if (rule.id === "category_format") return { ...rule, ...CATEGORIES };
      const fix = { type: "map_value" as const, mapping: "shipping" };
      return rule.id === "shipping_mode_set" ? { ...rule, fix } : rule;
    }),
    {
      ...unique("sku", "warning"),
      message: {
        "pt-BR": "SKU repetido: só se espera isso de um produto com um anúncio Clássico e outro Premium.",
        en: "The SKU is repeated: expected only of a product with both a Classic and a Premium listing.",
        es: "SKU repetido: solo se espera de un producto con una publicación Clásica y otra Premium.",
      },
    },
    required("pictures", PICTURES, "warning"),
    {
      ...required("gtin", IDENTIFIERS, "info"),
      when: "condition == 'new'",
      message: {
        "pt-BR": "GTIN: muitas categorias exigem o GTIN de produtos novos; confira a categoria do anúncio.",
        en: "GTIN: many categories ask for the GTIN of new products; look at the listing's category.",
        es: "GTIN: muchas categorías exigen el GTIN de los productos nuevos; revise la categoría.",
      },
    },
    validGtin("gtin", ["GTIN-8", "GTIN-12", "GTIN-13", "GTIN-14"], IDENTIFIERS),
  ],
} satisfies ProfileInput;
