import type { ProfileInput } from "../profile/profile";

type ColumnInput = NonNullable<ProfileInput["columns"]>[number];

/** What sellers write above the fields that most channels share. */
const LABELS = {
  sku: ["sku", "seller_sku", "codigo", "código do produto", "cod", "referencia", "ref"],
  title: ["title", "titulo", "nome", "name", "product_name", "nome do produto", "produto"],
  description: ["description", "descricao", "descrição do produto", "desc"],
  brand: ["brand", "marca", "fabricante"],
  gtin: ["gtin", "ean", "ean13", "codigo de barras", "barcode", "upc"],
  price: ["price", "preco", "preço de venda", "preco_venda", "valor", "price_brl"],
  stock: ["stock", "estoque", "quantidade", "quantity", "qtd", "qty", "available_quantity", "saldo"],
  category: ["category", "categoria", "category_id", "category_path", "departamento"],
  pictures: ["pictures", "images", "imagens", "fotos", "image_url"],
  color: ["color", "cor", "cor principal"],
  size: ["size", "tamanho", "tam", "numeracao"],
  material: ["material", "materiais", "composicao"],
  model: ["model", "modelo"],
  warranty: ["warranty", "garantia", "prazo de garantia"],
  ingredients: ["ingredients", "ingredientes"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

type SharedField = keyof typeof LABELS;

/** A column that a channel calls `name` and sellers as they call `field`. */
export function column(
  name: string,
  field: SharedField,
  more: Partial<Omit<ColumnInput, "name">> = {},
): ColumnInput {
  const aliases = [...LABELS[field], ...(more.aliases ?? [])].filter((label) => label !== name);
  return { name, ...more, aliases };
}
