import { shipped } from "./shipped";

const ITEMS = {
  source: "https://developers.mercadolivre.com.br/pt_br/publicacao-de-produtos",
  checked_on: "2026-11-24",
};
const PRICES = {
  source: "https://developers.mercadolivre.com.br/pt_br/api-de-precos",
  checked_on: "2026-11-24",
};
const CATEGORIES = {
  source: "https://developers.mercadolivre.com.br/pt_br/dominios-e-categorias",
  checked_on: "2026-11-24",
};
const SHIPPING = {
  source: "https://developers.mercadolivre.com.br/pt_br/mercado-envios",
  checked_on: "2026-11-24",
};

export const MERCADO_LIVRE_PROFILE = shipped({
  schema_version: "1",
  channel: "mercado_livre",
  version: "1.0.0",
  name: "Mercado Livre",
  apply_fixes: ["safe"],
  columns: [
    { name: "sku", aliases: ["seller_sku", "codigo", "código", "seller_custom_field"] },
    { name: "title", aliases: ["titulo", "título", "nome", "name", "product_name", "nome do produto"] },
    { name: "price", aliases: ["preco", "preço", "valor", "price_brl"], type: "decimal" },
    { name: "currency_id", aliases: ["currency", "moeda"] },
    {
      name: "available_quantity",
      aliases: ["quantity", "quantidade", "estoque", "stock", "qty"],
      type: "integer",
    },
    { name: "condition", aliases: ["condicao", "condição"] },
    { name: "listing_type_id", aliases: ["listing_type", "tipo de anuncio", "tipo_anuncio"] },
    { name: "shipping_mode", aliases: ["frete", "modo_envio", "envio"] },
    { name: "category_id", aliases: ["category", "categoria"] },
    { name: "pictures", aliases: ["images", "imagens", "fotos"] },
  ],
  mappings: {
    condition: { novo: "new", usado: "used", recondicionado: "refurbished" },
    listing_type: { classico: "gold_special", premium: "gold_pro", gratis: "free" },
    category: { Eletrônicos: "MLB1051", Moda: "MLB1430", Casa: "MLB1459", Esportes: "MLB1276" },
    currency: { R$: "BRL", real: "BRL", reais: "BRL" },
  },
  rules: [
    { id: "title_required", field: "title", check: { type: "required" }, severity: "error", ...ITEMS },
    {
      id: "title_spaces",
      field: "title",
      check: { type: "normalized", trim: true, collapse_spaces: true },
      fix: { type: "normalize", trim: true, collapse_spaces: true },
      severity: "info",
      precedence: 50,
      ...ITEMS,
    },
    {
      id: "title_length_min",
      field: "title",
      check: { type: "length_min", min: 10 },
      severity: "error",
      ...ITEMS,
    },
    {
      id: "title_length_max",
      field: "title",
      check: { type: "length_max", max: 60 },
      fix: { type: "truncate", max: 60 },
      severity: "error",
      ...ITEMS,
    },
    { id: "price_required", field: "price", check: { type: "required" }, severity: "error", ...PRICES },
    {
      id: "price_decimal",
      field: "price",
      check: { type: "decimal", scale: 2 },
      fix: { type: "normalize_decimal" },
      severity: "error",
      ...PRICES,
    },
    {
      id: "price_range",
      field: "price",
      check: { type: "range", min: 0.01, max: 999_999.99 },
      severity: "error",
      ...PRICES,
    },
    {
      id: "currency_set",
      field: "currency_id",
      check: { type: "in_set", values: ["BRL"] },
      fix: { type: "map_value", mapping: "currency" },
      severity: "error",
      ...PRICES,
    },
    {
      id: "quantity_integer",
      field: "available_quantity",
      check: { type: "integer" },
      severity: "warning",
      ...ITEMS,
    },
    {
      id: "quantity_range",
      field: "available_quantity",
      check: { type: "range", min: 1, max: 999 },
      severity: "warning",
      ...ITEMS,
    },
    {
      id: "condition_set",
      field: "condition",
      check: { type: "in_set", values: ["new", "used", "refurbished"] },
      fix: { type: "map_value", mapping: "condition" },
      severity: "error",
      ...ITEMS,
    },
    {
      id: "listing_type_set",
      field: "listing_type_id",
      check: { type: "in_set", values: ["gold_special", "gold_pro", "free"] },
      fix: { type: "map_value", mapping: "listing_type" },
      severity: "error",
      ...ITEMS,
    },
    {
      id: "shipping_mode_set",
      field: "shipping_mode",
      check: { type: "in_set", values: ["me2", "not_specified", "custom"] },
      severity: "error",
      ...SHIPPING,
    },
    {
      id: "category_format",
      field: "category_id",
      check: { type: "regex", pattern: "^MLB\\d+$" },
      fix: { type: "map_value", mapping: "category" },
      severity: "error",
      ...CATEGORIES,
    },
    {
      id: "pictures_count",
      field: "pictures",
      check: { type: "item_count", min: 1, max: 10 },
      severity: "error",
      ...ITEMS,
    },
  ],
});
