import type { ProfileInput } from "../profile/profile";
import { MERCADO_LIVRE_1_1_PROFILE } from "./mercado-livre-1-1";
import { documented } from "./provenance";
import { column } from "./shared-columns";
import { requiredText } from "./shared-rules";

const USER_PRODUCTS = documented(
  'Mercado Livre, "Preço por variação" (developers.mercadolivre.com.br/pt_br/produto-consulta-de-usuarios/preco-variacao)',
);

const { columns, mappings, rules } = MERCADO_LIVRE_1_1_PROFILE;

export const MERCADO_LIVRE_USER_PRODUCTS_PROFILE = {
  schema_version: "1",
  channel: "mercado_livre_user_products",
  version: "1.0.0",
  name: "Mercado Livre (User Products)",
  description:
    "Items of sellers whom Mercado Livre has moved to User Products (the tag user_product_seller): a family's name " +
    "instead of a title, one row a variant. Not covered: the attributes that each category asks for, and whether the " +
    "rows of one family agree in what makes them a family.",
  apply_fixes: ["safe"],
  columns: [
    {
      name: "family_name",
      aliases: ["nome da familia", "nome_familia", "familia", "family", "nombre de familia"],
    },
    ...columns.filter(({ name }) => name !== "title"),
    column("title", "title"),
  ],
  mappings,
  rules: [
    ...requiredText("family_name", USER_PRODUCTS),
    {
      id: "title_absent",
      field: "title",
      check: { type: "length_max", max: 0 },
      severity: "error",
      message: {
        "pt-BR":
          "Não envie o título: em User Products o Mercado Livre o compõe de family_name e dos atributos. Deixe a célula vazia.",
        en: "Do not send the title: under User Products, Mercado Livre makes it from family_name and the attributes. Leave the cell blank.",
        es: "No envíe el título: en User Products, Mercado Libre lo compone con family_name y los atributos. Deje la celda vacía.",
      },
      ...USER_PRODUCTS,
    },
    ...rules.filter(({ field }) => field !== "title"),
  ],
} satisfies ProfileInput;
